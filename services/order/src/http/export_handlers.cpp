#include "http/export_handlers.hpp"

#include <utility>
#include <vector>

#include <mercato/http/problem.hpp>

#include "http/cart_json.hpp"
#include "http/order_json.hpp"
#include "http/pages.hpp"

namespace order::api {
namespace {

namespace http = mercato::http;

// More refunds than an order can have: each gives back a part of a captured amount.
constexpr std::size_t kAllRefunds = 10'000;

UserId user_id(const http::Request& request) {
  return UserId(request.path_uuid("id"));
}

struct OrderExport {
  OrderId id;
  Json json;

  // A friend, so that it is found for this type alone and hides no other to_json().
  friend Json to_json(const OrderExport& exported) { return exported.json; }
};

template <class Row>
Json list_of(const std::vector<Row>& rows) {
  auto list = Json::array();
  for (const auto& row : rows) list.push_back(to_json(row));
  return list;
}

}  // namespace

http::Answer ExportHandlers::export_orders(const http::Request& request) {
  http::QueryReader query(request);
  OrderFilter filter;
  filter.user = user_id(request);
  const PageRequest<OrderId> page(request, query, {});
  std::vector<OrderExport> exports;
  for (const auto& order : orders_.list(filter, page.before(), page.rows())) {
    auto json = to_json(order);
    json["timeline"] = list_of(orders_.timeline(order.id));
    json["refunds"] = list_of(refunds_.list(order.id, std::nullopt, kAllRefunds));
    exports.push_back({order.id, std::move(json)});
  }
  return render(page, exports);
}

http::Answer ExportHandlers::export_cart(const http::Request& request) {
  return http::json_response(to_json(get_cart_.get(user_id(request), request.deadline)));
}

}  // namespace order::api
