#include "http/payment_json.hpp"

namespace payment::api {

Json to_json(const Money& money) {
  return {{"amount", money.amount_minor}, {"currency", money.currency}};
}

Json to_json(const Payment& payment) {
  const auto& currency = payment.amount.currency;
  Json json = Json::object();
  json["id"] = payment.id.str();
  json["order_id"] = payment.order.str();
  json["amount"] = payment.user ? to_json(payment.amount) : Json(nullptr);
  json["captured"] = payment.user ? to_json(Money{payment.captured_minor, currency})
                                  : Json(nullptr);
  json["refunded"] = payment.user ? to_json(Money{payment.refunded_minor, currency})
                                  : Json(nullptr);
  json["status"] = name(payment.status);
  json["card"] = payment.card
                     ? Json({{"brand", payment.card->brand}, {"last4", payment.card->last4}})
                     : Json(nullptr);
  auto& attempts = json["attempts"] = Json::array();
  for (const auto& attempt : payment.attempts) {
    attempts.push_back({{"operation", attempt.operation},
                        {"outcome", attempt.outcome},
                        {"at", mercato::to_rfc3339(attempt.at)}});
  }
  json["created_at"] = mercato::to_rfc3339(payment.created_at);
  json["updated_at"] = mercato::to_rfc3339(payment.updated_at);
  return json;
}

Json to_json(const Refund& refund) {
  const bool waits = refund.status == RefundStatus::waiting;
  return {{"id", refund.id.str()},
          {"payment_id", refund.payment.str()},
          {"amount", to_json(refund.amount)},
          {"reason", refund.reason},
          {"status", name(waits ? RefundStatus::pending : refund.status)},
          {"created_at", mercato::to_rfc3339(refund.created_at)}};
}

Json to_json(const storage::LedgerEntry& entry) {
  return {{"id", entry.id.str()},
          {"journal_id", entry.journal.str()},
          {"order_id", entry.order.str()},
          {"account", entry.account},
          {"amount", to_json(entry.amount)},
          {"at", mercato::to_rfc3339(entry.at)}};
}

}  // namespace payment::api
