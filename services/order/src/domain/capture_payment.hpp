#pragma once

#include <optional>
#include <vector>

#include "domain/order_repository.hpp"
#include "domain/payment_gateway.hpp"
#include "domain/saga.hpp"

namespace order {

/// A saga whose capture went through, with its timeline entry.
struct CapturedOrder {
  Saga saga;
  StepLog log;
};

/// Each function is one transaction. From any thread.
class CaptureStore {
 public:
  virtual ~CaptureStore() = default;
  /// The payments of these orders are captured and nothing is owed for them any more. Orders that
  /// are no longer confirmed are passed over: their undo deals with the money.
  virtual void captured(const std::vector<CapturedOrder>& orders, mercato::Timestamp at) = 0;
};

/// Step 6 of a checkout: takes the money of a confirmed order.
///
/// From any thread. Does not own what it is given.
class CapturePayment {
 public:
  CapturePayment(CaptureStore& store, OrderRepository& orders, SagaStore& sagas,
                 PaymentGateway& payments, SagaDispatcher& dispatcher, const mercato::Clock& clock,
                 RetryDelay retry_delay)
      : store_(store),
        orders_(orders),
        sagas_(sagas),
        payments_(payments),
        dispatcher_(dispatcher),
        clock_(clock),
        retry_delay_(std::move(retry_delay)) {}

  /// Asks payment for the capture. If it went through it is still to be completed; if not, the saga
  /// was dealt with: postponed, or the order is being cancelled. Throws BrokenInvariant.
  [[nodiscard]] std::optional<CapturedOrder> capture(Saga saga, mercato::Deadline deadline);
  /// Writes several captures down with one commit. One that breaks an invariant is parked, and the
  /// others do not suffer for it.
  void complete(std::vector<CapturedOrder> captured);

 private:
  CaptureStore& store_;
  OrderRepository& orders_;
  SagaStore& sagas_;
  PaymentGateway& payments_;
  SagaDispatcher& dispatcher_;
  const mercato::Clock& clock_;
  RetryDelay retry_delay_;
};

}  // namespace order
