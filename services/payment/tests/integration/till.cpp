#include "till.hpp"

#include <chrono>
#include <filesystem>
#include <stdexcept>

#include <mercato/crypto/crypto.hpp>
#include <support/await.hpp>

namespace payment::test {
namespace {

constexpr const char* kWebhook = "/api/v1/webhooks/payment-provider";
constexpr const char* kSecret = "whsec_test";
constexpr const char* kBearer = "Bearer sk_test";

}  // namespace

Till::Till(const ServiceProcess::Environment& settings) {
  const auto sandbox =
      std::filesystem::path(SERVICE_BINARY).parent_path() / "psp-sandbox" / "psp-sandbox";
  provider_.emplace(sandbox.string(),
                    ServiceProcess::Environment{{"API_KEY", "sk_test"},
                                                {"WEBHOOK_URL", relay_.url() + kWebhook},
                                                {"WEBHOOK_SECRET", kSecret},
                                                {"RATE_LIMIT_PER_SECOND", "0"},
                                                {"JOURNAL", directory_.path() + "/journal"}});
  environment_ = keys_.environment("payment");
  environment_["DATABASE_URL"] = url_;
  environment_["REDIS_URL"] = "";
  environment_["JWKS_URL"] = relay_.url() + "/.well-known/jwks.json";
  environment_["PROVIDER_URL"] = edge_.url();
  environment_["PROVIDER_API_KEY"] = "sk_test";
  environment_["PROVIDER_WEBHOOK_SECRET"] = kSecret;
  environment_["PROVIDER_TIMEOUT_MS"] = "1000";
  for (const auto& [name, value] : settings) environment_[name] = value;
  const auto migrated = run({"migrate"});
  if (migrated.exit_code != 0) throw std::runtime_error(migrated.output);
  service_.emplace(SERVICE_BINARY, environment_);
  port_ = service_->port();
}

ServiceProcess::Finished Till::run(const std::vector<std::string>& arguments) const {
  return ServiceProcess::run(SERVICE_BINARY, arguments, environment_);
}

HttpAnswer Till::authorize(const std::string& order, const std::string& method,
                           std::int64_t amount) {
  return post("", mercato::json::dump({{"order_id", order},
                                       {"user_id", user_.str()},
                                       {"amount", {{"amount", amount}, {"currency", "GBP"}}},
                                       {"payment_method", method}}));
}

HttpAnswer Till::act(const std::string& order, const std::string& action) {
  return post("/" + order + "/" + action, "");
}

HttpAnswer Till::refund(const std::string& order, const std::string& id, std::int64_t amount) {
  return post("/" + order + "/refunds",
              mercato::json::dump({{"refund_id", id},
                                   {"amount", {{"amount", amount}, {"currency", "GBP"}}},
                                   {"reason", "broken"}}));
}

HttpAnswer Till::post(const std::string& path, const std::string& body) {
  return service_->call({.method = "POST",
                         .target = "/internal/v1/payments" + path,
                         .headers = {{"Authorization", keys_.peer_bearer("order", "payment")}},
                         .body = body});
}

int Till::settle(const std::function<HttpAnswer()>& ask) {
  int status = 0;
  mercato::test::await([&] {
    status = ask().status;
    return status != 202 && status != 503 && status != 0;
  });
  return status;
}

HttpAnswer Till::get(const std::string& path, const std::string& role, Uuid who) {
  return service_->call({.target = path, .headers = {{"Authorization", keys_.bearer(who, role)}}});
}

HttpAnswer Till::webhook(const std::string& body, const std::string& signature) {
  return service_->call({.method = "POST",
                         .target = kWebhook,
                         .headers = {{"Stripe-Signature", signature}},
                         .body = body});
}

HttpAnswer Till::signed_webhook(const std::string& body, std::int64_t age_s) {
  namespace crypto = mercato::crypto;
  const auto now = std::chrono::duration_cast<std::chrono::seconds>(
      std::chrono::system_clock::now().time_since_epoch());
  const auto time = std::to_string(now.count() - age_s);
  return webhook(body, "t=" + time + ",v1=" +
                           crypto::to_hex(crypto::hmac_sha256(kSecret, time + "." + body)));
}

void Till::at_edge(AtEdge at_edge) {
  const std::lock_guard lock(mutex_);
  at_edge_ = std::move(at_edge);
}

HttpAnswer Till::ask_provider(const std::string& method, const std::string& path,
                              const std::string& form) {
  return provider_->call({.method = method,
                          .target = path,
                          .headers = {{"Authorization", kBearer},
                                      {"Content-Type", "application/x-www-form-urlencoded"}},
                          .body = form});
}

Json Till::intents_of(const std::string& order) {
  const auto path = "/v1/payment_intents?limit=100&metadata%5Border_id%5D=" + order;
  return parse(ask_provider("GET", path)).at("data");
}

std::size_t Till::live_intents_of(const std::string& order) {
  std::size_t live = 0;
  for (const auto& intent : intents_of(order)) {
    if (intent.at("status") == "requires_capture" || intent.at("status") == "succeeded") ++live;
  }
  return live;
}

PeerAnswer Till::relay(const PeerRequest& request) {
  if (request.method == "GET") return {200, keys_.jwks()};
  if (port_ == 0) return {503};
  const auto answer = mercato::test::call(
      port_, {.method = "POST",
              .target = kWebhook,
              .headers = {{"Stripe-Signature", request.header("Stripe-Signature")}},
              .body = request.body});
  return {answer.status == 0 ? 503 : answer.status, answer.body};
}

PeerAnswer Till::pass_on(const PeerRequest& request) {
  AtEdge watch;
  {
    const std::lock_guard lock(mutex_);
    watch = at_edge_;
  }
  if (watch) watch(request.target, false);
  mercato::test::HeaderList headers;
  for (const char* name : {"Authorization", "Content-Type", "Idempotency-Key"}) {
    if (const auto value = request.header(name); !value.empty()) headers.emplace_back(name, value);
  }
  const auto answer = provider_->call({.method = request.method,
                                       .target = request.target,
                                       .headers = headers,
                                       .body = request.body});
  if (watch) watch(request.target, true);
  if (answer.status == 0) return {503, {}, {}, PeerAnswer::Fault::drop};
  return {answer.status, answer.body};
}

std::string new_order() { return Uuid::v7().str(); }

Json parse(const HttpAnswer& answer) { return mercato::json::parse(answer.body); }

}  // namespace payment::test
