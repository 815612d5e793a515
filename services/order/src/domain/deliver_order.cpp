#include "domain/deliver_order.hpp"

#include <utility>

#include "domain/get_order.hpp"

namespace order {

DeliverOrder::Result DeliverOrder::deliver(OrderId id, const std::string& trace_id) {
  const Viewer admin{{}, true};
  static_cast<void>(get_order(orders_, admin, id));
  orders_.deliver(id, trace_id, clock_.now());
  auto order = get_order(orders_, admin, id);
  const bool accepted = order.status == OrderStatus::delivered;
  return {std::move(order), accepted};
}

}  // namespace order
