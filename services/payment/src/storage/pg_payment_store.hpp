#pragma once

#include <mercato/db/pool.hpp>

#include "domain/payment_store.hpp"
#include "storage/payment_rows.hpp"

namespace payment::storage {

/// Payments and refunds in PostgreSQL. Triggers write the ledger and the outbox in the transaction
/// of the change. From any thread.
class PgPaymentStore : public PaymentStore {
 public:
  explicit PgPaymentStore(db::Pool& pool) : pool_(pool) {}

  [[nodiscard]] BegunPayment begin_authorize(const NewPayment& wanted, const std::string& intent,
                                             Milliseconds lease) override;
  [[nodiscard]] std::optional<Payment> request_capture(OrderId order) override;
  [[nodiscard]] Payment begin_void(OrderId order, Milliseconds lease) override;
  [[nodiscard]] RefundStart begin_refund(const Payment& payment, RefundId id, const Money& amount,
                                         const std::string& reason, Milliseconds lease) override;
  [[nodiscard]] Payment keep_intent(PaymentId id, const std::string& intent) override;
  [[nodiscard]] Payment record_authorized(PaymentId id, const std::optional<Card>& card) override;
  [[nodiscard]] Payment record_declined(PaymentId id, const std::string& decline_code) override;
  [[nodiscard]] Payment record_captured(PaymentId id) override;
  [[nodiscard]] Payment record_voided(PaymentId id) override;
  [[nodiscard]] Payment record_unknown(PaymentId id, const std::string& operation,
                                       Milliseconds delay) override;
  [[nodiscard]] Payment give_up(PaymentId id) override;
  void record_refund(const Refund& refund, RefundStatus status,
                     const std::string& provider_id) override;
  void postpone_refund(const Refund& refund, Milliseconds delay) override;
  [[nodiscard]] std::optional<Payment> find_by_order(OrderId order) override;
  [[nodiscard]] std::vector<Payment> claim_due(std::size_t limit, Milliseconds lease) override;
  [[nodiscard]] std::vector<Refund> claim_due_refunds(std::size_t limit,
                                                      Milliseconds lease) override;

  /// With its attempts. Tombstones are not found.
  [[nodiscard]] std::optional<Payment> find(PaymentId id);
  [[nodiscard]] std::optional<Payment> find_of_order(OrderId order);

 private:
  /// What the statement returned, or the payment as it is if the statement did not apply.
  [[nodiscard]] Payment changed(const db::Result& rows, PaymentId id);
  [[nodiscard]] std::optional<Payment> with_attempts(const db::Result& rows);

  db::Pool& pool_;
};

}  // namespace payment::storage
