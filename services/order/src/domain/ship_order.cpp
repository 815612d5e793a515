#include "domain/ship_order.hpp"

#include <utility>

#include "domain/get_order.hpp"

namespace order {

ShipOrder::Result ShipOrder::ship(OrderId id, const Tracking& tracking, const std::string& trace_id,
                                  mercato::Deadline deadline) {
  const Viewer admin{{}, true};
  auto order = get_order(orders_, admin, id);
  if (order.status == OrderStatus::confirmed) {
    // Right after the order was confirmed its capture may still be on the way: asking for it once
    // more does no harm and spares the merchant a second try.
    const auto payment = order.payment->status;
    const bool paid = payment == PaymentStatus::captured ||
                      payment == PaymentStatus::partially_refunded ||
                      (payment == PaymentStatus::authorized &&
                       std::holds_alternative<Done>(payments_.capture(id, deadline)));
    if (paid) orders_.ship(id, tracking, trace_id, clock_.now());
    order = get_order(orders_, admin, id);
  }
  const bool accepted = order.status == OrderStatus::shipped;
  return {std::move(order), accepted};
}

}  // namespace order
