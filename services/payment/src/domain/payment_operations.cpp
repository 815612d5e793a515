#include "domain/payment_operations.hpp"

#include <algorithm>

#include <mercato/error/error.hpp>

namespace payment {
namespace {

using std::chrono::milliseconds;

/// Order ids carry their time of birth; payments are kept for ever, but nothing new is begun for an
/// order that old.
constexpr std::chrono::hours kOldestOrder{7 * 24};
/// The longest that one request goes on with the provider.
constexpr milliseconds kLongest{6'000};
/// Until a worker takes over from a request that died.
constexpr milliseconds kGrace{250};

milliseconds lease_until(mercato::Deadline deadline) {
  return std::min(deadline.remaining(), kLongest) + kGrace;
}

mercato::Deadline bounded(mercato::Deadline deadline) {
  return deadline.earlier_of(mercato::Deadline::in(kLongest));
}

mercato::Error no_payment() { return mercato::not_found("This order has no payment."); }

}  // namespace

std::optional<Slots::Slot> PaymentOperations::take_slot() {
  if (!provider_.available()) return std::nullopt;
  return slots_.try_take();
}

void PaymentOperations::leave_to_workers() const {
  if (provider_.available()) wake_workers_();
}

Authorization PaymentOperations::authorize(const NewPayment& wanted, mercato::Deadline deadline) {
  const auto born = wanted.order.value().time();
  const bool old = !born || *born < clock_.now() - kOldestOrder;
  const auto before = old ? store_.find_by_order(wanted.order) : std::nullopt;
  if (old && !before) {
    throw mercato::Error(mercato::ErrorKind::conflict, "illegal_transition",
                         "The order is too old to be paid.");
  }
  const auto slot = old ? std::nullopt : take_slot();
  auto begun = old ? Claimed{*before, false, false}
                   : store_.begin_authorize(wanted, slot ? lease_until(deadline) : milliseconds(0));
  if (begun.payment.user && (begun.payment.amount != wanted.amount ||
                             begun.payment.user != wanted.user)) {
    throw mercato::validation_failed(
        {{"/amount", "immutable_field", "The order has a payment that differs from this one."}});
  }
  if (begun.mine && slot) {
    begun.payment = settle_.settle(std::move(begun.payment), true, bounded(deadline));
  } else if (begun.mine) {
    leave_to_workers();
  }
  return {std::move(begun.payment), begun.created};
}

Payment PaymentOperations::capture(OrderId order, mercato::Deadline deadline) {
  const auto slot = take_slot();
  auto begun = store_.begin_capture(order, slot ? lease_until(deadline) : milliseconds(0));
  if (!begun) throw no_payment();
  if (begun->mine && !slot) leave_to_workers();
  if (!begun->mine || !slot) return std::move(begun->payment);
  const bool fresh = begun->payment.tries == 0;
  return settle_.settle(std::move(begun->payment), fresh, bounded(deadline));
}

Payment PaymentOperations::void_payment(OrderId order, mercato::Deadline deadline) {
  const auto slot = take_slot();
  auto payment = store_.begin_void(order, slot ? lease_until(deadline) : milliseconds(0));
  if (payment.owed() != Owed::nothing && !slot) leave_to_workers();
  if (payment.owed() == Owed::nothing || !slot) return payment;
  const bool fresh = payment.status == PaymentStatus::authorized;
  return settle_.settle(std::move(payment), fresh, bounded(deadline));
}

RefundResult PaymentOperations::refund(const RefundRequest& request, mercato::Deadline deadline) {
  const auto payment = store_.find_by_order(request.order);
  if (!payment) throw no_payment();
  if (!payment->was_captured()) {
    const bool may_come = payment->open() || payment->status == PaymentStatus::authorized;
    if (may_come && !payment->void_requested) return NotYetCaptured{};
    return RefundRefused{false};
  }
  if (payment->amount.currency != request.amount.currency) {
    throw mercato::validation_failed(
        {{"/amount/currency", "currency_mismatch", "Not the payment's currency."}});
  }
  const auto slot = take_slot();
  auto begun = store_.begin_refund(*payment, request.id, request.amount, request.reason,
                                   slot ? lease_until(deadline) : milliseconds(0));
  if (std::holds_alternative<TooMuch>(begun)) return RefundRefused{true};
  if (std::holds_alternative<AnotherRefund>(begun)) {
    throw mercato::validation_failed(
        {{"/refund_id", "immutable_field", "There is another refund with this id."}});
  }
  auto& claimed = std::get<ClaimedRefund>(begun);
  if (claimed.mine && slot) {
    claimed.refund.status = settle_.settle(claimed.refund, claimed.created, bounded(deadline));
  } else if (claimed.mine) {
    leave_to_workers();
  }
  if (claimed.refund.status == RefundStatus::failed) return RefundRefused{false};
  return RefundDone{std::move(claimed.refund), claimed.created};
}

}  // namespace payment
