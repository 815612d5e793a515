#pragma once

#include <string>

#include "domain/order_repository.hpp"

namespace order {

/// POST /orders/{id}/deliver.
class DeliverOrder {
 public:
  DeliverOrder(OrderRepository& orders, const mercato::Clock& clock)
      : orders_(orders), clock_(clock) {}

  struct Result {
    Order order;
    bool accepted = false;  // delivered, now or before; else its status does not allow it
  };
  /// Error 404 if there is no such order.
  [[nodiscard]] Result deliver(OrderId id, const std::string& trace_id);

 private:
  OrderRepository& orders_;
  const mercato::Clock& clock_;
};

}  // namespace order
