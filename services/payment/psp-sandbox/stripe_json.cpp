#include "stripe_json.hpp"

#include <mercato/json/or_null.hpp>

#include "tokens.hpp"

namespace psp {
namespace {

using mercato::json::or_null;

Json render(const Metadata& metadata) {
  Json json = Json::object();
  for (const auto& [name, value] : metadata) json[name] = value;
  return json;
}

/// What a dispute did to the merchant's balance.
Json balance_transaction(const Dispute& dispute, std::int64_t amount, const char* category) {
  return {{"id", "txn_" + dispute.id + "_" + category},
          {"object", "balance_transaction"},
          {"amount", amount},
          {"currency", dispute.currency},
          {"fee", 0},
          {"net", amount},
          {"reporting_category", category}};
}

Json last_error(const Intent& intent) {
  if (!intent.last_decline) return nullptr;
  return {{"type", "card_error"},
          {"code", intent.last_decline->code},
          {"decline_code", intent.last_decline->decline_code},
          {"message", intent.last_decline->message}};
}

std::int64_t created_of(const Record& record) {
  if (record.refund) return record.refund->created_s;
  return record.dispute ? record.dispute->created_s : record.intent->created_s;
}

/// What the record's event is about.
Json object_of(const Record& record) {
  if (record.dispute) return render(*record.dispute);
  const bool of_charge = record.event->type.compare(0, 7, "charge.") == 0;
  return of_charge ? render_charge(*record.intent) : render(*record.intent);
}

}  // namespace

Json render(const Intent& intent, bool expand_charge) {
  const bool capturable = intent.status == "requires_capture";
  Json charge = or_null(intent.charge);
  if (intent.charge && expand_charge) charge = render_charge(intent);
  return {{"id", intent.id},
          {"object", "payment_intent"},
          {"amount", intent.amount},
          {"amount_capturable", capturable ? intent.amount : 0},
          {"amount_received", intent.amount_received},
          {"canceled_at", or_null(intent.canceled_s)},
          {"cancellation_reason", or_null(intent.cancellation_reason)},
          {"capture_method", intent.capture_at_once ? "automatic" : "manual"},
          {"confirmation_method", "automatic"},
          {"created", intent.created_s},
          {"currency", intent.currency},
          {"last_payment_error", last_error(intent)},
          {"latest_charge", std::move(charge)},
          {"livemode", false},
          {"metadata", render(intent.metadata)},
          {"payment_method", or_null(intent.payment_method)},
          {"payment_method_types", {"card"}},
          {"status", intent.status}};
}

Json render(const Refund& refund) {
  return {{"id", refund.id},
          {"object", "refund"},
          {"amount", refund.amount},
          {"charge", refund.charge},
          {"created", refund.created_s},
          {"currency", refund.currency},
          {"metadata", render(refund.metadata)},
          {"payment_intent", refund.intent},
          {"reason", or_null(refund.reason)},
          {"status", "succeeded"}};
}

Json render(const Dispute& dispute) {
  auto transactions = Json::array({balance_transaction(dispute, -dispute.amount, "dispute")});
  if (dispute.status == "won") {
    transactions.push_back(balance_transaction(dispute, dispute.amount, "dispute_reversal"));
  }
  return {{"id", dispute.id},
          {"object", "dispute"},
          {"amount", dispute.amount},
          {"balance_transactions", std::move(transactions)},
          {"charge", dispute.charge},
          {"created", dispute.created_s},
          {"currency", dispute.currency},
          {"livemode", false},
          {"payment_intent", dispute.intent},
          {"reason", dispute.reason},
          {"status", dispute.status}};
}

Json render_charge(const Intent& intent) {
  const auto card = card_of(intent.token);
  const bool captured = intent.amount_received > 0;
  return {{"id", or_null(intent.charge)},
          {"object", "charge"},
          {"amount", intent.amount},
          {"amount_captured", intent.amount_received},
          {"amount_refunded", intent.amount_refunded},
          {"captured", captured},
          {"created", intent.created_s},
          {"currency", intent.currency},
          {"livemode", false},
          {"metadata", render(intent.metadata)},
          {"paid", true},
          {"payment_intent", intent.id},
          {"payment_method", or_null(intent.payment_method)},
          {"payment_method_details",
           {{"type", "card"}, {"card", {{"brand", card.brand}, {"last4", card.last4}}}}},
          {"refunded", captured && intent.amount_refunded == intent.amount_received},
          {"status", "succeeded"}};
}

Json render_list(const char* url, Json data, bool has_more) {
  return {{"object", "list"}, {"data", std::move(data)}, {"has_more", has_more}, {"url", url}};
}

Answer render(const ApiError& error, const Intent* intent) {
  Json json = {{"type", error.type}};
  if (!error.code.empty()) json["code"] = error.code;
  if (!error.decline_code.empty()) json["decline_code"] = error.decline_code;
  if (!error.param.empty()) json["param"] = error.param;
  json["message"] = error.message;
  // An error of the server's own tells nothing about what became of the payment.
  if (intent != nullptr && error.status < 500) json["payment_intent"] = render(*intent);
  return {error.status, mercato::json::dump({{"error", std::move(json)}})};
}

Answer render(const Record& record) {
  if (record.error) return render(*record.error, record.intent ? &*record.intent : nullptr);
  if (record.refund) return {200, mercato::json::dump(render(*record.refund))};
  if (record.dispute) return {200, mercato::json::dump(render(*record.dispute))};
  return {200, mercato::json::dump(render(*record.intent, record.expand_charge))};
}

std::string render_event(const Record& record) {
  const auto& event = *record.event;
  return mercato::json::dump(
      {{"id", event.id},
       {"object", "event"},
       {"api_version", "2024-06-20"},
       {"created", created_of(record)},
       {"data", {{"object", object_of(record)}}},
       {"livemode", false},
       {"type", event.type}});
}

}  // namespace psp
