#include "domain/get_order.hpp"

#include <mercato/error/error.hpp>

namespace order {

Order get_order(OrderRepository& orders, const Viewer& viewer, OrderId id) {
  auto order = orders.find(id);
  if (!order || !viewer.may_see(*order)) throw mercato::not_found("No such order.");
  return std::move(*order);
}

std::vector<TimelineEntry> get_timeline(OrderRepository& orders, const Viewer& viewer, OrderId id) {
  static_cast<void>(get_order(orders, viewer, id));
  return orders.timeline(id);
}

}  // namespace order
