#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include <mercato/clock/clock.hpp>

#include "domain/recent_payments.hpp"
#include "domain/settle_payment.hpp"
#include "domain/slots.hpp"

namespace payment {

struct Authorization {
  Payment payment;
  bool created = false;
};

struct RefundRequest {
  OrderId order;
  RefundId id;
  Money amount;
  std::string reason;
};
struct RefundDone {
  Refund refund;
  bool created = false;
};
/// Definitely not.
struct RefundRefused {
  bool over = false;
};
using RefundResult = std::variant<RefundDone, RefundRefused>;

/// What the order service asks for. Every operation may be asked for again and again; it is done at
/// the provider in the caller's thread while there is room and the provider available, and left to
/// the workers otherwise. From any thread.
class PaymentOperations {
 public:
  PaymentOperations(PaymentStore& store, SettlePayment& settle, const PaymentProvider& provider,
                    ProviderRoom& room, RecentPayments& recent, const mercato::Clock& clock,
                    std::function<void()> wake_workers)
      : store_(store), settle_(settle), provider_(provider), room_(room), recent_(recent),
        clock_(clock), wake_workers_(std::move(wake_workers)) {}

  /// Error 422 if the order has a payment over another amount, 409 for an order id too old to be
  /// new.
  [[nodiscard]] Authorization authorize(const NewPayment& wanted, mercato::Deadline deadline);
  /// Error 404 if there is no payment.
  [[nodiscard]] Payment capture(OrderId order, mercato::Deadline deadline);
  [[nodiscard]] Payment void_payment(OrderId order, mercato::Deadline deadline);
  /// Asked for before the capture it waits for that, and is begun by it. Error 404 if there is no
  /// payment, 422 if the id was used for another refund.
  [[nodiscard]] RefundResult refund(const RefundRequest& request, mercato::Deadline deadline);

 private:
  /// The right to call the provider from a request; nothing if that has to wait.
  [[nodiscard]] std::optional<Permit> permit_call();
  [[nodiscard]] std::optional<Permit> permit_authorization();
  /// What was begun without a slot is for the workers to go on with.
  void leave_to_workers() const;

  PaymentStore& store_;
  SettlePayment& settle_;
  const PaymentProvider& provider_;
  ProviderRoom& room_;
  RecentPayments& recent_;
  const mercato::Clock& clock_;
  std::function<void()> wake_workers_;
};

}  // namespace payment
