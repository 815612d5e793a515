#include "clients/provider_json.hpp"

#include <array>
#include <cstdint>
#include <exception>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

#include <mercato/log/log.hpp>
#include <mercato/metrics/metrics.hpp>

namespace payment::clients {
namespace {

namespace http = mercato::http;
namespace json = mercato::json;

struct Said {
  int status = 0;
  json::Value body;
};

std::string text_in(const json::Value& object, const char* key) {
  if (!object.is_object()) return {};
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

json::Value object_in(const json::Value& object, const char* key) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(key);
  return found != object.end() ? *found : json::Value(nullptr);
}

std::int64_t integer_in(const json::Value& object, const char* key) {
  const auto value = object_in(object, key);
  return value.is_number_integer() ? value.get<std::int64_t>() : 0;
}

std::variant<Said, NoAnswer> read(const http::Outcome& outcome) {
  if (const auto* not_sent = std::get_if<http::NotSent>(&outcome)) {
    return NoAnswer{not_sent->reason, false};
  }
  if (const auto* unknown = std::get_if<http::Unknown>(&outcome)) {
    return NoAnswer{unknown->reason, false};
  }
  const auto& response = std::get<http::Answered>(outcome).response;
  if (response.status >= 500) {
    const bool by_itself = response.status != 502 && response.status != 504;
    return NoAnswer{"status " + std::to_string(response.status), true, by_itself};
  }
  try {
    return Said{response.status, json::parse(response.body)};
  } catch (const std::exception&) {
    return NoAnswer{"an answer without JSON", true};
  }
}

NoAnswer unexpected(const Said& said) {
  const auto error = object_in(said.body, "error");
  mercato::log::error("the provider gave an answer that cannot be used",
                      {{"status", said.status},
                       {"type", text_in(error, "type")},
                       {"code", text_in(error, "code")}});
  unexpected_answers().add();
  return {"unexpected status " + std::to_string(said.status), false};
}

std::optional<IntentStatus> parse_intent_status(const std::string& text) {
  using enum IntentStatus;
  constexpr std::array<std::pair<std::string_view, IntentStatus>, 7> names{{
      {"requires_confirmation", requires_confirmation},
      {"requires_payment_method", requires_payment_method},
      {"requires_action", requires_action},
      {"processing", processing},
      {"requires_capture", requires_capture},
      {"succeeded", succeeded},
      {"canceled", canceled},
  }};
  for (const auto& [name, status] : names) {
    if (name == text) return status;
  }
  return std::nullopt;
}

/// Card errors carry the issuer's word in decline_code, and only a code where it said nothing.
std::string decline_code_of(const json::Value& error) {
  auto code = text_in(error, "decline_code");
  if (code.empty()) code = text_in(error, "code");
  return code.empty() ? "generic_decline" : code;
}

std::optional<Card> read_card(const json::Value& intent) {
  const auto charge = object_in(intent, "latest_charge");
  const auto card = object_in(object_in(charge, "payment_method_details"), "card");
  if (!card.is_object()) return std::nullopt;
  return Card{text_in(card, "brand"), text_in(card, "last4")};
}

std::optional<ProviderRefund> read_refund(const json::Value& object) {
  const auto status = text_in(object, "status");
  auto id = text_in(object, "id");
  if (id.empty()) return std::nullopt;
  if (status == "succeeded") return ProviderRefund{std::move(id), RefundStatus::succeeded};
  if (status == "failed" || status == "canceled") {
    return ProviderRefund{std::move(id), RefundStatus::failed};
  }
  if (status == "pending" || status == "requires_action") {
    return ProviderRefund{std::move(id), RefundStatus::pending};
  }
  return std::nullopt;
}

/// The id that we gave a refund; empty if it is not one of ours.
std::string our_id_of(const json::Value& refund) {
  return text_in(object_in(refund, "metadata"), "refund_id");
}

/// The balance tells where the money is; the status alone does not, since banks take it at
/// different moments.
DisputedMoney disputed_money(const json::Value& dispute, const std::string& status) {
  const auto transactions = object_in(dispute, "balance_transactions");
  std::int64_t balance = 0;
  for (const auto& each : transactions) balance += integer_in(each, "amount");
  if (balance < 0) {
    return status == "lost" ? DisputedMoney::lost : DisputedMoney::withdrawn;
  }
  return transactions.empty() ? DisputedMoney::kept : DisputedMoney::reinstated;
}

std::optional<RequestRefused> read_refusal(const Said& said) {
  const auto error = object_in(said.body, "error");
  if (said.status != 400 && said.status != 402) return std::nullopt;
  if (text_in(error, "type") == "idempotency_error") return std::nullopt;
  return RequestRefused{text_in(error, "code"), text_in(error, "param") == "payment_method"};
}

}  // namespace

mercato::metrics::Counter unexpected_answers() {
  return mercato::metrics::registry().counter(
      "payment_unexpected_answers_total",
      "Answers of the provider that cannot be used, such as a refused key.");
}

IntentAnswer read_intent_answer(const http::Outcome& outcome) {
  auto reply = read(outcome);
  if (auto* silence = std::get_if<NoAnswer>(&reply)) return std::move(*silence);
  const auto& said = std::get<Said>(reply);
  const auto error = object_in(said.body, "error");
  if (said.status == 402 && text_in(error, "type") == "card_error") {
    return CardDeclined{decline_code_of(error)};
  }
  if (auto refused = read_refusal(said)) return std::move(*refused);
  const auto status = parse_intent_status(text_in(said.body, "status"));
  Intent intent;
  intent.id = text_in(said.body, "id");
  if (said.status != 200 || !status || intent.id.empty()) return unexpected(said);
  intent.status = *status;
  intent.card = read_card(said.body);
  const auto last_error = object_in(said.body, "last_payment_error");
  if (last_error.is_object()) intent.decline_code = decline_code_of(last_error);
  return intent;
}

RefundAnswer read_refund_answer(const http::Outcome& outcome) {
  auto reply = read(outcome);
  if (auto* silence = std::get_if<NoAnswer>(&reply)) return std::move(*silence);
  const auto& said = std::get<Said>(reply);
  if (auto refused = read_refusal(said)) return std::move(*refused);
  auto refund = said.status == 200 ? read_refund(said.body) : std::nullopt;
  if (!refund) return unexpected(said);
  return std::move(*refund);
}

DisputeAnswer read_dispute_answer(const http::Outcome& outcome) {
  auto reply = read(outcome);
  if (auto* silence = std::get_if<NoAnswer>(&reply)) return std::move(*silence);
  const auto& said = std::get<Said>(reply);
  ProviderDispute dispute;
  dispute.amount_minor = integer_in(said.body, "amount");
  dispute.reason = text_in(said.body, "reason");
  dispute.status = text_in(said.body, "status");
  if (said.status != 200 || dispute.status.empty() || dispute.amount_minor <= 0) {
    return unexpected(said);
  }
  dispute.money = disputed_money(said.body, dispute.status);
  return dispute;
}

std::variant<ListPage, NoAnswer> read_list_page(const http::Outcome& outcome) {
  auto reply = read(outcome);
  if (auto* silence = std::get_if<NoAnswer>(&reply)) return std::move(*silence);
  const auto& said = std::get<Said>(reply);
  ListPage page;
  page.data = object_in(said.body, "data");
  if (said.status != 200 || !page.data.is_array()) return unexpected(said);
  if (object_in(said.body, "has_more") != true) return page;
  if (!page.data.empty()) page.last = text_in(page.data.back(), "id");
  if (page.last.empty()) return unexpected(said);
  return page;
}

RefundAnswer find_in_refunds(const ListPage& page, const std::string& refund_id) {
  for (const auto& each : page.data) {
    if (our_id_of(each) != refund_id) continue;
    auto refund = read_refund(each);
    if (!refund) return unexpected({200, each});
    return std::move(*refund);
  }
  return NoSuchRefund{};
}

ForeignRefunds foreign_in_refunds(const ListPage& page) {
  std::vector<ForeignRefund> foreign;
  for (const auto& each : page.data) {
    auto refund = read_refund(each);
    if (!refund) return unexpected({200, each});
    if (!our_id_of(each).empty() || refund->status != RefundStatus::succeeded) continue;
    foreign.push_back({std::move(refund->id), integer_in(each, "amount")});
  }
  return foreign;
}

ListedDisputes disputes_in(const ListPage& page) {
  std::vector<ListedDispute> listed;
  for (const auto& each : page.data) {
    ListedDispute dispute{text_in(each, "id"), text_in(each, "status")};
    if (dispute.provider_id.empty()) return unexpected({200, each});
    listed.push_back(std::move(dispute));
  }
  return listed;
}

}  // namespace payment::clients
