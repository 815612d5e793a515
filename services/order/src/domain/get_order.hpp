#pragma once

#include "domain/order_repository.hpp"

namespace order {

/// The order, if the viewer may see it. Error 404 otherwise, whether it exists or not.
[[nodiscard]] Order get_order(OrderRepository& orders, const Viewer& viewer, OrderId id);

/// What happened to it, in time order.
[[nodiscard]] std::vector<TimelineEntry> get_timeline(OrderRepository& orders, const Viewer& viewer,
                                                      OrderId id);

}  // namespace order
