#pragma once

#include <vector>

#include <mercato/http/pages.hpp>

#include "domain/order_repository.hpp"
#include "http/order_json.hpp"
#include "http/webhook_json.hpp"

namespace order::api {

using mercato::http::PageRequest;

/// The page's rows, each by the to_json() of its kind.
template <class IdType, class Row>
[[nodiscard]] mercato::http::Response render(const PageRequest<IdType>& page,
                                             const std::vector<Row>& rows) {
  return page.render(rows, [](const Row& row) { return to_json(row); });
}

[[nodiscard]] inline mercato::http::Response render(const PageRequest<OrderId>& page,
                                                    const OrderList& list) {
  if (!list.cut) return render(page, list.orders);
  return page.render_short(list.orders, [](const Order& order) { return to_json(order); });
}

}  // namespace order::api
