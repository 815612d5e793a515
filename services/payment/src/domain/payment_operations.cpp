#include "domain/payment_operations.hpp"

#include <algorithm>

#include <mercato/error/error.hpp>

namespace payment {
namespace {

using std::chrono::milliseconds;

/// Order ids carry their time of birth; payments are kept for ever, but nothing new is begun for an
/// order that old.
constexpr std::chrono::hours kOldestOrder{7 * 24};
/// For an order that is younger than this nobody can be expected to have asked before.
constexpr std::chrono::seconds kFirstAsked{1};
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

/// An id that is no version 7 is older than any order.
std::chrono::milliseconds age_of(OrderId order, const mercato::Clock& clock) {
  const auto born = order.value().time();
  if (!born) return milliseconds::max();
  return std::chrono::duration_cast<milliseconds>(clock.now() - *born);
}

/// The payment that the order has already.
Authorization existing(const NewPayment& wanted, Payment payment) {
  if (payment.user && (payment.amount != wanted.amount || payment.user != wanted.user)) {
    throw mercato::validation_failed(
        {{"/amount", "immutable_field", "The order has a payment that differs from this one."}});
  }
  return {std::move(payment), false};
}

/// Something was taken, or may still be.
bool may_be_refunded(const Payment& payment) {
  const bool may_come = payment.open() || payment.status == PaymentStatus::authorized;
  return payment.was_captured() || (may_come && !payment.void_requested);
}

mercato::Error too_old() {
  return {mercato::ErrorKind::conflict, "illegal_transition", "The order is too old to be paid."};
}

mercato::Error no_payment() { return mercato::not_found("This order has no payment."); }

}  // namespace

std::optional<Permit> PaymentOperations::permit_call() {
  if (!provider_.available()) return std::nullopt;
  auto call = room_.calls.try_take();
  if (!call) return std::nullopt;
  return Permit{std::move(*call), std::nullopt};
}

std::optional<Permit> PaymentOperations::permit_authorization() {
  auto authorization = room_.authorizations.try_take();
  if (!authorization) return std::nullopt;
  auto permit = permit_call();
  if (permit) permit->authorization.emplace(std::move(*authorization));
  return permit;
}

void PaymentOperations::leave_to_workers() const {
  if (provider_.available()) wake_workers_();
}

Authorization PaymentOperations::authorize(const NewPayment& wanted, mercato::Deadline deadline) {
  const auto age = age_of(wanted.order, clock_);
  if (age > kFirstAsked) {
    if (auto known = store_.find_by_order(wanted.order)) return existing(wanted, std::move(*known));
    if (age > kOldestOrder) throw too_old();
  }
  // The intent comes first, so that it takes one statement to begin: it holds no money, and counts
  // only once it is kept.
  const auto permit = permit_authorization();
  const auto intent =
      permit ? settle_.open_intent(wanted, bounded(deadline)) : std::optional<std::string>();
  auto begun = store_.begin_authorize(wanted, intent.value_or(""),
                                      intent ? lease_until(deadline) : milliseconds(0));
  if (!begun.created) return existing(wanted, std::move(begun.payment));
  if (intent) {
    begun.payment = settle_.settle(std::move(begun.payment), true, bounded(deadline));
    recent_.keep(begun.payment);
  } else {
    leave_to_workers();
  }
  return {std::move(begun.payment), true};
}

Payment PaymentOperations::capture(OrderId order, mercato::Deadline deadline) {
  auto payment = recent_.find(order);
  if (!payment) payment = store_.find_by_order(order);
  if (!payment) throw no_payment();
  const bool possible = payment->status == PaymentStatus::authorized && !payment->void_requested;
  if (!possible || payment->capture_requested) return std::move(*payment);
  recent_.forget(order);
  const auto permit = permit_call();
  if (!permit) {
    payment = store_.request_capture(order);
    leave_to_workers();
    if (!payment) throw no_payment();
    return std::move(*payment);
  }
  // Nothing is written beforehand: whoever asks goes on asking until we know.
  payment->capture_requested = true;
  const bool fresh = payment->tries == 0;
  auto settled = settle_.settle(std::move(*payment), fresh, bounded(deadline));
  recent_.keep(settled);
  if (settled.refund_pending_minor > 0) wake_workers_();  // refunds that waited for this
  return settled;
}

Payment PaymentOperations::void_payment(OrderId order, mercato::Deadline deadline) {
  recent_.forget(order);
  const auto permit = permit_call();
  auto payment = store_.begin_void(order, permit ? lease_until(deadline) : milliseconds(0));
  if (payment.owed() == Owed::nothing) return payment;
  if (!permit) {
    leave_to_workers();
    return payment;
  }
  const bool fresh = payment.status == PaymentStatus::authorized;
  return settle_.settle(std::move(payment), fresh, bounded(deadline));
}

RefundResult PaymentOperations::refund(const RefundRequest& request, mercato::Deadline deadline) {
  const auto payment = store_.find_by_order(request.order);
  if (!payment) throw no_payment();
  if (!may_be_refunded(*payment)) return RefundRefused{false};
  if (payment->amount.currency != request.amount.currency) {
    throw mercato::validation_failed(
        {{"/amount/currency", "currency_mismatch", "Not the payment's currency."}});
  }
  recent_.forget(request.order);
  const auto permit = permit_call();
  auto begun = store_.begin_refund(*payment, request.id, request.amount, request.reason,
                                   permit ? lease_until(deadline) : milliseconds(0));
  if (std::holds_alternative<TooMuch>(begun)) {
    const auto now = store_.find_by_order(request.order);
    return RefundRefused{now && may_be_refunded(*now)};
  }
  if (std::holds_alternative<AnotherRefund>(begun)) {
    throw mercato::validation_failed(
        {{"/refund_id", "immutable_field", "There is another refund with this id."}});
  }
  auto& claimed = std::get<ClaimedRefund>(begun);
  if (claimed.mine && claimed.refund.status == RefundStatus::pending) {
    if (permit) {
      claimed.refund.status = settle_.settle(claimed.refund, claimed.created, bounded(deadline));
    } else {
      leave_to_workers();
    }
  }
  if (claimed.refund.status == RefundStatus::failed) return RefundRefused{false};
  return RefundDone{std::move(claimed.refund), claimed.created};
}

}  // namespace payment
