#pragma once

#include <optional>
#include <string>
#include <vector>

#include <mercato/db/group_commit.hpp>
#include <mercato/db/pool.hpp>

#include "domain/payment_store.hpp"
#include "storage/payment_rows.hpp"

namespace payment::storage {

/// Payments and refunds in PostgreSQL. Triggers write the ledger and the outbox in the transaction
/// of the change; what every payment goes through is written for many in one statement. From any
/// thread.
class PgPaymentStore : public PaymentStore {
 public:
  explicit PgPaymentStore(db::Pool& pool)
      : pool_(pool),
        beginnings_([this](const auto& jobs) { return insert(jobs); }),
        authorizations_([this](const auto& jobs) { return authorized(jobs); }),
        captures_([this](const auto& jobs) { return captured(jobs); }) {}

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
  [[nodiscard]] Payment record_looked(PaymentId id) override;
  [[nodiscard]] Payment record_unknown(PaymentId id, const std::string& operation,
                                       Milliseconds delay) override;
  void record_silence(PaymentId id, const std::string& operation) override;
  [[nodiscard]] Payment give_up(PaymentId id) override;
  void record_refund(const Refund& refund, RefundStatus status,
                     const std::string& provider_id) override;
  [[nodiscard]] bool withdraw_refund(const Refund& refused) override;
  [[nodiscard]] bool adopt_refunds(const Refund& refused,
                                   const std::vector<ForeignRefund>& foreign) override;
  void hint_disputes(PaymentId id, const std::vector<ListedDispute>& listed) override;
  void postpone_refund(const Refund& refund, bool with_error, Milliseconds delay) override;
  [[nodiscard]] std::optional<Payment> find_by_order(OrderId order) override;
  [[nodiscard]] std::vector<Payment> claim_due(std::size_t limit, Milliseconds lease) override;
  [[nodiscard]] std::vector<Refund> claim_due_refunds(std::size_t limit,
                                                      Milliseconds lease) override;

  /// With its attempts. Tombstones are not found.
  [[nodiscard]] std::optional<Payment> find(PaymentId id);
  [[nodiscard]] std::optional<Payment> find_of_order(OrderId order);

 private:
  // For many at once; nothing where the statement did not apply.
  using Written = std::optional<Payment>;
  struct Authorization {
    PaymentId id;
    const NewPayment& wanted;
    const std::string& intent;
    Milliseconds lease;
    std::string trace_id;
  };
  struct AuthorizedCard {
    PaymentId payment;
    const std::optional<Card>& card;
  };
  [[nodiscard]] std::vector<Written> insert(const std::vector<const Authorization*>& wanted);
  [[nodiscard]] std::vector<Written> authorized(const std::vector<const AuthorizedCard*>& cards);
  [[nodiscard]] std::vector<Written> captured(const std::vector<const PaymentId*>& wanted);

  /// What the statement returned, or the payment as it is if the statement did not apply.
  [[nodiscard]] Payment changed(const db::Result& rows, PaymentId id);
  [[nodiscard]] Payment find_by_id(PaymentId id);
  [[nodiscard]] std::optional<Payment> with_attempts(const db::Result& rows);

  db::Pool& pool_;
  db::GroupCommit<Authorization, Written> beginnings_;
  db::GroupCommit<AuthorizedCard, Written> authorizations_;
  db::GroupCommit<PaymentId, Written> captures_;
};

}  // namespace payment::storage
