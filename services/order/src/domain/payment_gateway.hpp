#pragma once

#include <string>
#include <variant>

#include "domain/neighbour.hpp"
#include "domain/order.hpp"
#include "domain/refusal.hpp"

namespace order {

/// Money: the payment service, in our terms. Every call is keyed by the order's id (refunds by the
/// refund's) and may be repeated at will. From any thread; never throws for network reasons.
class PaymentGateway {
 public:
  virtual ~PaymentGateway() = default;

  struct Authorized {
    PaymentId id;
  };
  using Authorization = std::variant<Authorized, PaymentDeclined, Withdrawn, NoAnswer>;
  struct CaptureRefused {};  // the authorisation is gone: no money will ever come
  using Capture = std::variant<Done, CaptureRefused, NoAnswer>;
  struct Voided {
    bool refunded = false;  // the money had been taken and was paid back
  };
  using Void = std::variant<Voided, NoAnswer>;
  struct RefundRefused {
    bool too_much = false;  // more than is left; else nothing was ever captured
  };
  using Refunding = std::variant<Done, RefundRefused, NoAnswer>;

  /// Puts the amount aside on the buyer's means of payment. Authorized also if it was taken since,
  /// or refunded; not if it was voided.
  [[nodiscard]] virtual Authorization authorize(const Order& order,
                                                const std::string& payment_method,
                                                mercato::Deadline deadline) = 0;
  /// Takes what was put aside.
  [[nodiscard]] virtual Capture capture(OrderId order, mercato::Deadline deadline) = 0;
  /// Lets go of what was put aside, or pays back what was taken; an authorise that arrives later is
  /// refused.
  [[nodiscard]] virtual Void void_payment(OrderId order, mercato::Deadline deadline) = 0;
  [[nodiscard]] virtual Refunding refund(OrderId order, RefundId refund, const Money& amount,
                                         const std::string& reason, mercato::Deadline deadline) = 0;
  /// False while asking is known to be futile.
  [[nodiscard]] virtual bool available() const = 0;
};

}  // namespace order
