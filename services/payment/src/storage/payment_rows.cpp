#include "storage/payment_rows.hpp"

#include <stdexcept>

namespace payment::storage {

Payment read_payment(const db::Row& row) {
  Payment payment;
  payment.id = db::id<PaymentId>(row, "id");
  payment.order = db::id<OrderId>(row, "order_id");
  if (const auto user = db::optional_uuid(row, "user_id")) payment.user = UserId(*user);
  payment.amount = {db::optional_integer(row, "amount").value_or(0),
                    db::optional_text(row, "currency").value_or("")};
  payment.payment_method = db::optional_text(row, "payment_method").value_or("");
  const auto status = parse_payment_status(db::text(row, "status"));
  if (!status) throw std::logic_error("unknown payment status in the database");
  payment.status = *status;
  payment.captured_minor = db::integer(row, "captured");
  payment.refunded_minor = db::integer(row, "refunded");
  payment.refund_pending_minor = db::integer(row, "refund_pending");
  payment.disputed_minor = db::integer(row, "disputed");
  payment.charged_back_minor = db::integer(row, "charged_back");
  payment.intent = db::optional_text(row, "intent_id").value_or("");
  if (auto brand = db::optional_text(row, "card_brand")) {
    payment.card = Card{std::move(*brand), db::optional_text(row, "card_last4").value_or("")};
  }
  payment.decline_code = db::optional_text(row, "decline_code").value_or("");
  payment.capture_requested = db::boolean(row, "capture_requested");
  payment.void_requested = db::boolean(row, "void_requested");
  payment.look_requested = db::boolean(row, "look_requested");
  payment.tries = static_cast<int>(db::integer(row, "attempts"));
  payment.created_at = db::timestamp(row, "created_at");
  payment.updated_at = db::timestamp(row, "updated_at");
  payment.age = std::chrono::seconds(db::integer(row, "age_s"));
  return payment;
}

Refund read_refund(const db::Row& row) {
  Refund refund;
  refund.id = db::id<RefundId>(row, "id");
  refund.payment = db::id<PaymentId>(row, "payment_id");
  refund.intent = db::optional_text(row, "intent_id").value_or("");
  refund.amount = {db::integer(row, "amount"), db::text(row, "currency")};
  refund.reason = db::text(row, "reason");
  const auto status = parse_refund_status(db::text(row, "status"));
  if (!status) throw std::logic_error("unknown refund status in the database");
  refund.status = *status;
  refund.owed = db::boolean(row, "void_requested");
  refund.tries = static_cast<int>(db::integer(row, "attempts"));
  refund.errors = static_cast<int>(db::integer(row, "errors"));
  refund.created_at = db::timestamp(row, "created_at");
  refund.age = std::chrono::seconds(db::integer(row, "age_s"));
  return refund;
}

}  // namespace payment::storage
