#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "domain/dispute.hpp"
#include "domain/payment.hpp"

namespace payment {

/// A payment, and whether the caller made it and is the one to go on with it: it holds the lease.
struct BegunPayment {
  Payment payment;
  bool created = false;
};

struct ClaimedRefund {
  Refund refund;
  bool mine = false;
  bool created = false;
};
/// More than is left.
struct TooMuch {};
/// Another refund under this id.
struct AnotherRefund {};
using RefundStart = std::variant<ClaimedRefund, TooMuch, AnotherRefund>;

/// Where payments are kept. Each function is one atomic statement or transaction and moves a
/// payment only from where that step may start, so that two runners at once are harmless; what
/// record_… return is the payment as it is then, whoever moved it there. From any thread. Error 503
/// while the database is away.
class PaymentStore {
 public:
  virtual ~PaymentStore() = default;
  using Milliseconds = std::chrono::milliseconds;

  /// The payment of the order, made if there was none, with the id of an intent that may be
  /// confirmed, or without (empty). `lease` zero leaves it to the workers.
  [[nodiscard]] virtual BegunPayment begin_authorize(const NewPayment& wanted,
                                                     const std::string& intent,
                                                     Milliseconds lease) = 0;
  /// Leaves the capture to the workers, if it may be made. Nothing if there is no payment.
  [[nodiscard]] virtual std::optional<Payment> request_capture(OrderId order) = 0;
  /// Notes that a void is owed; done at once if nothing can have been held. Leaves a tombstone if
  /// there is no payment.
  [[nodiscard]] virtual Payment begin_void(OrderId order, Milliseconds lease) = 0;
  /// The refund with this id, begun under the payment's lock if there was none; before the capture
  /// it waits.
  [[nodiscard]] virtual RefundStart begin_refund(const Payment& payment, RefundId id,
                                                 const Money& amount, const std::string& reason,
                                                 Milliseconds lease) = 0;

  /// Keeps the id of the one intent that may be confirmed, if none is kept and nobody wants the
  /// payment voided.
  [[nodiscard]] virtual Payment keep_intent(PaymentId id, const std::string& intent) = 0;
  [[nodiscard]] virtual Payment record_authorized(PaymentId id,
                                                  const std::optional<Card>& card) = 0;
  [[nodiscard]] virtual Payment record_declined(PaymentId id, const std::string& decline_code) = 0;
  [[nodiscard]] virtual Payment record_captured(PaymentId id) = 0;
  [[nodiscard]] virtual Payment record_voided(PaymentId id) = 0;
  /// What a webhook told of is not so. Nothing happens if another one came meanwhile.
  [[nodiscard]] virtual Payment record_looked(PaymentId id) = 0;
  /// Nobody knows: `operation` is owed, and asked for again after `delay`.
  [[nodiscard]] virtual Payment record_unknown(PaymentId id, const std::string& operation,
                                               Milliseconds delay) = 0;
  /// `operation` was asked of the provider, and its answer was lost.
  virtual void record_silence(PaymentId id, const std::string& operation) = 0;
  /// The payment was wanted for too long: voided, whatever turns up.
  [[nodiscard]] virtual Payment give_up(PaymentId id) = 0;
  virtual void record_refund(const Refund& refund, RefundStatus status,
                             const std::string& provider_id) = 0;
  /// Fails a refund of money some of which a bank has taken back since: what is owed beside that is
  /// owed anew, when the bank has decided. False, and nothing was done, if none has.
  [[nodiscard]] virtual bool withdraw_refund(const Refund& refused) = 0;
  /// Counts what people gave back past us in the place of `refused`, which fails: whatever is owed
  /// beside it is owed anew. False, and nothing was done, if all of it was counted before.
  [[nodiscard]] virtual bool adopt_refunds(const Refund& refused,
                                           const std::vector<ForeignRefund>& foreign) = 0;
  /// Asks for a look at those that are not known, or not to be so far, as a webhook does.
  virtual void hint_disputes(PaymentId id, const std::vector<ListedDispute>& listed) = 0;
  /// `with_error`: the provider was asked for it, and answered with one.
  virtual void postpone_refund(const Refund& refund, bool with_error, Milliseconds delay) = 0;

  [[nodiscard]] virtual std::optional<Payment> find_by_order(OrderId order) = 0;
  /// Due work, leased to the caller.
  [[nodiscard]] virtual std::vector<Payment> claim_due(std::size_t limit, Milliseconds lease) = 0;
  [[nodiscard]] virtual std::vector<Refund> claim_due_refunds(std::size_t limit,
                                                              Milliseconds lease) = 0;
};

}  // namespace payment
