#pragma once

#include <optional>
#include <string>

#include "domain/order_repository.hpp"
#include "domain/payment_gateway.hpp"

namespace order {

/// POST /orders/{id}/ship: only goods that are paid for leave the house.
class ShipOrder {
 public:
  ShipOrder(OrderRepository& orders, PaymentGateway& payments, const mercato::Clock& clock)
      : orders_(orders), payments_(payments), clock_(clock) {}

  struct Result {
    Order order;
    bool accepted = false;  // shipped, now or before; else its status does not allow it
  };
  /// Error 404 if there is no such order, 503 while it is not known whether it is paid.
  [[nodiscard]] Result ship(OrderId id, const Tracking& tracking, const std::string& trace_id,
                            mercato::Deadline deadline);

 private:
  [[nodiscard]] std::optional<bool> is_paid(const Order& order, mercato::Deadline deadline);

  OrderRepository& orders_;
  PaymentGateway& payments_;
  const mercato::Clock& clock_;
};

}  // namespace order
