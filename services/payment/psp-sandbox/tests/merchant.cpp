#include "merchant.hpp"

#include <stdexcept>

namespace psp::test {

using mercato::test::PeerAnswer;
using mercato::test::PeerRequest;

Merchant::Merchant() : journal_(directory_.path() + "/journal") {
  peer_.emplace([this](const PeerRequest& request) { return take(request); });
  process_.emplace(SANDBOX_BINARY, mercato::test::ServiceProcess::Environment{
                                       {"API_KEY", kKey},
                                       {"WEBHOOK_URL", peer_->url() + "/hooks"},
                                       {"WEBHOOK_SECRET", kSecret},
                                       {"JOURNAL", journal_}});
}

PeerAnswer Merchant::take(const PeerRequest& request) {
  const std::lock_guard lock(mutex_);
  if (refusing_) return {503, "{}"};
  taken_.push_back(request);
  return {200, "{}"};
}

HttpAnswer Merchant::post(const std::string& path, const std::string& form, const std::string& key,
                          std::chrono::milliseconds timeout) const {
  mercato::test::HeaderList headers{{"Authorization", std::string("Bearer ") + kKey},
                                    {"Content-Type", "application/x-www-form-urlencoded"}};
  if (!key.empty()) headers.emplace_back("Idempotency-Key", key);
  return process_->call({.method = "POST",
                         .target = "/v1" + path,
                         .headers = headers,
                         .body = form,
                         .timeout = timeout});
}

HttpAnswer Merchant::get(const std::string& path) const {
  return process_->call(
      {.target = "/v1" + path, .headers = {{"Authorization", std::string("Bearer ") + kKey}}});
}

std::string Merchant::new_intent(const std::string& token, std::int64_t amount) const {
  const auto answer = post("/payment_intents",
                           "amount=" + std::to_string(amount) +
                               "&currency=gbp&capture_method=manual&payment_method=" + token +
                               "&metadata%5Border_id%5D=order-of-" + token);
  return parse(answer).at("id").get<std::string>();
}

Json Merchant::intent(const std::string& id) const { return parse(get("/payment_intents/" + id)); }

std::string Merchant::status(const std::string& id) const {
  return intent(id).at("status").get<std::string>();
}

void Merchant::refuse_webhooks(bool refuse) {
  const std::lock_guard lock(mutex_);
  refusing_ = refuse;
}

std::vector<PeerRequest> Merchant::webhooks() {
  const std::lock_guard lock(mutex_);
  return taken_;
}

std::vector<std::string> Merchant::events_of(const std::string& intent) {
  std::vector<std::string> types;
  for (const auto& webhook : webhooks()) {
    const auto event = mercato::json::parse(webhook.body);
    const auto& object = event.at("data").at("object");
    const auto& id =
        object.at("object") != "payment_intent" ? object.at("payment_intent") : object.at("id");
    if (id == intent) types.push_back(event.at("type").get<std::string>());
  }
  return types;
}

void Merchant::kill_and_restart() {
  process_->kill();
  process_->start();
}

Json parse(const HttpAnswer& answer) {
  if (answer.body.empty()) {
    throw std::runtime_error("no body, status " + std::to_string(answer.status));
  }
  return mercato::json::parse(answer.body);
}

}  // namespace psp::test
