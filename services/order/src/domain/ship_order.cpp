#include "domain/ship_order.hpp"

#include <utility>

#include <mercato/error/error.hpp>

#include "domain/get_order.hpp"

namespace order {

ShipOrder::Result ShipOrder::ship(OrderId id, const Tracking& tracking, const std::string& trace_id,
                                  mercato::Deadline deadline) {
  const Viewer admin{{}, true};
  auto order = get_order(orders_, admin, id);
  if (order.status == OrderStatus::confirmed) {
    const auto paid = is_paid(order, deadline);
    if (paid == true) orders_.ship(id, tracking, trace_id, clock_.now());
    order = get_order(orders_, admin, id);
    if (!paid && order.status == OrderStatus::confirmed) {
      throw mercato::unavailable("It is not known yet whether the order is paid. Try again.");
    }
  }
  const bool accepted = order.status == OrderStatus::shipped;
  return {std::move(order), accepted};
}

/// Right after the order was confirmed its capture may still be on the way: asking for it once more
/// does no harm and spares the merchant a second try. Nothing if that cannot be found out: silence
/// is no refusal.
std::optional<bool> ShipOrder::is_paid(const Order& order, mercato::Deadline deadline) {
  const auto status = order.payment->status;
  if (status != PaymentStatus::authorized) {
    return status == PaymentStatus::captured || status == PaymentStatus::partially_refunded;
  }
  const auto answer = payments_.capture(order.id, deadline);
  if (std::holds_alternative<NoAnswer>(answer)) return std::nullopt;
  return std::holds_alternative<Done>(answer);
}

}  // namespace order
