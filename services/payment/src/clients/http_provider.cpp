#include "clients/http_provider.hpp"

#include <algorithm>
#include <cctype>
#include <initializer_list>
#include <string_view>
#include <utility>

namespace payment::clients {
namespace {

namespace http = mercato::http;

constexpr const char* kIntents = "/v1/payment_intents";
constexpr const char* kRefunds = "/v1/refunds";
constexpr const char* kDisputes = "/v1/disputes";
// Where the charge comes expanded, it tells the card.
constexpr const char* kExpandCharge = "latest_charge";

using Fields = std::initializer_list<std::pair<std::string_view, std::string>>;

std::string to_form(const Fields& fields) {
  std::string form;
  for (const auto& [name, value] : fields) {
    if (!form.empty()) form += '&';
    form.append(http::encode_component(name)).append("=").append(http::encode_component(value));
  }
  return form;
}

std::string intent_path(const std::string& intent, const char* action) {
  return std::string(kIntents) + "/" + http::encode_component(intent) + action;
}

http::ClientRequest post(std::string path, const std::string& key, const Fields& fields,
                         mercato::Deadline deadline) {
  http::ClientRequest request;
  request.method = http::Method::post;
  request.path = std::move(path);
  request.body = to_form(fields);
  request.content_type = "application/x-www-form-urlencoded";
  request.headers.set("Idempotency-Key", key);
  request.deadline = deadline;
  return request;
}

http::ClientRequest get(std::string path, mercato::Deadline deadline) {
  http::ClientRequest request;
  request.path = std::move(path);
  request.idempotent = true;
  request.deadline = deadline;
  return request;
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

}  // namespace

HttpProvider::HttpProvider(http::ClientOptions options) : client_(std::move(options)) {
  unexpected_answers().add(0);
}

IntentAnswer HttpProvider::create(const NewPayment& wanted, const std::string& key,
                                  mercato::Deadline deadline) {
  return read_intent_answer(
      client_.call(post(kIntents, key,
                        {{"amount", std::to_string(wanted.amount.amount_minor)},
                         {"currency", lower(wanted.amount.currency)},
                         {"capture_method", "manual"},
                         {"payment_method", wanted.payment_method},
                         {"payment_method_types[]", "card"},
                         {"metadata[order_id]", wanted.order.str()}},
                        deadline)));
}

IntentAnswer HttpProvider::read(const std::string& intent, mercato::Deadline deadline) {
  auto path = intent_path(intent, "?expand%5B%5D=") + kExpandCharge;
  return read_intent_answer(client_.call(get(std::move(path), deadline)));
}

IntentAnswer HttpProvider::confirm(const std::string& intent, const std::string& key,
                                   mercato::Deadline deadline) {
  return read_intent_answer(client_.call(post(
      intent_path(intent, "/confirm"), key,
      {{"error_on_requires_action", "true"}, {"expand[]", kExpandCharge}}, deadline)));
}

IntentAnswer HttpProvider::capture(const std::string& intent, const std::string& key,
                                   mercato::Deadline deadline) {
  return read_intent_answer(client_.call(post(intent_path(intent, "/capture"), key, {}, deadline)));
}

IntentAnswer HttpProvider::cancel(const std::string& intent, const std::string& key,
                                  mercato::Deadline deadline) {
  return read_intent_answer(client_.call(post(intent_path(intent, "/cancel"), key, {}, deadline)));
}

RefundAnswer HttpProvider::refund(const Refund& refund, const std::string& key,
                                  mercato::Deadline deadline) {
  return read_refund_answer(
      client_.call(post(kRefunds, key,
                        {{"payment_intent", refund.intent},
                         {"amount", std::to_string(refund.amount.amount_minor)},
                         {"metadata[refund_id]", refund.id.str()}},
                        deadline)));
}

RefundAnswer HttpProvider::find_refund(const Refund& refund, mercato::Deadline deadline) {
  RefundAnswer answer = NoSuchRefund{};
  auto silence = walk(kRefunds, refund.intent, deadline, [&](const ListPage& page) {
    answer = find_in_refunds(page, refund.id.str());
    return std::holds_alternative<NoSuchRefund>(answer);
  });
  if (silence) return std::move(*silence);
  return answer;
}

ForeignRefunds HttpProvider::find_foreign_refunds(const std::string& intent,
                                                  mercato::Deadline deadline) {
  return read_all<ForeignRefund>(kRefunds, intent, deadline, foreign_in_refunds);
}

ListedDisputes HttpProvider::find_disputes(const std::string& intent, mercato::Deadline deadline) {
  return read_all<ListedDispute>(kDisputes, intent, deadline, disputes_in);
}

template <class Thing, class ReadPage>
std::variant<std::vector<Thing>, NoAnswer> HttpProvider::read_all(const std::string& list,
                                                                  const std::string& intent,
                                                                  mercato::Deadline deadline,
                                                                  const ReadPage& read_page) {
  std::vector<Thing> found;
  std::optional<NoAnswer> unreadable;
  auto silence = walk(list, intent, deadline, [&](const ListPage& page) {
    auto things = read_page(page);
    if (auto* reason = std::get_if<NoAnswer>(&things)) {
      unreadable = std::move(*reason);
      return false;
    }
    auto& more = std::get<std::vector<Thing>>(things);
    found.insert(found.end(), more.begin(), more.end());
    return true;
  });
  if (silence || unreadable) return silence ? std::move(*silence) : std::move(*unreadable);
  return found;
}

std::optional<NoAnswer> HttpProvider::walk(
    const std::string& list, const std::string& intent, mercato::Deadline deadline,
    const std::function<bool(const ListPage& page)>& goes_on) {
  const auto path = list + "?payment_intent=" + http::encode_component(intent) + "&limit=100";
  std::string after;
  do {
    auto answer = read_list_page(client_.call(get(path + after, deadline)));
    if (auto* silence = std::get_if<NoAnswer>(&answer)) return std::move(*silence);
    const auto& page = std::get<ListPage>(answer);
    if (!goes_on(page) || page.last.empty()) return std::nullopt;
    after = "&starting_after=" + http::encode_component(page.last);
  } while (true);
}

DisputeAnswer HttpProvider::read_dispute(const std::string& dispute, mercato::Deadline deadline) {
  return read_dispute_answer(
      client_.call(get(kDisputes + ("/" + http::encode_component(dispute)), deadline)));
}

}  // namespace payment::clients
