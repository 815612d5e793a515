#include "http/export_handlers.hpp"

#include <utility>
#include <vector>

#include <mercato/http/problem.hpp>
#include <mercato/json/json.hpp>

#include "http/cart_json.hpp"
#include "http/order_json.hpp"
#include "http/pages.hpp"

namespace order::api {
namespace {

namespace http = mercato::http;

// Far more refunds than anybody makes of an order. The rest can be read where they are listed.
constexpr std::size_t kMostRefunds = 10'000;

// A page ends before the order with which it would have as much as this: one has up to a thousand
// lines, of a kilobyte where names are long, and who asks takes 8 MiB at most
// (ClientOptions::max_response_bytes).
constexpr std::size_t kPageBytes = std::size_t{1024} * 1024;

UserId user_id(const http::Request& request) {
  return UserId(request.path_uuid("id"));
}

struct OrderExport {
  OrderId id;
  Json json;
};

const Json& json_of(const OrderExport& exported) {
  return exported.json;
}

template <class Row>
Json list_of(const std::vector<Row>& rows) {
  auto list = Json::array();
  for (const auto& row : rows) list.push_back(to_json(row));
  return list;
}

OrderExport export_of(const Order& order, OrderRepository& orders, RefundStore& refunds) {
  auto json = to_json(order);
  json["timeline"] = list_of(orders.timeline(order.id));
  json["refunds"] = list_of(refunds.list(order.id, std::nullopt, kMostRefunds));
  return {order.id, std::move(json)};
}

}  // namespace

http::Answer ExportHandlers::export_orders(const http::Request& request) {
  http::QueryReader query(request);
  OrderFilter filter;
  filter.user = user_id(request);
  const PageRequest<OrderId> page(request, query, {});
  const auto [orders, cut] = orders_.list(filter, page.before(), page.rows());
  std::vector<OrderExport> exports;
  std::size_t bytes = 0;
  for (const auto& order : orders) {
    auto next = export_of(order, orders_, refunds_);
    bytes += mercato::json::dump(next.json).size();
    if (bytes >= kPageBytes && !exports.empty()) break;
    exports.push_back(std::move(next));
  }
  const bool ends_sooner = cut || exports.size() < orders.size();
  return ends_sooner ? page.render_short(exports, json_of) : page.render(exports, json_of);
}

http::Answer ExportHandlers::export_cart(const http::Request& request) {
  return http::json_response(to_json(get_cart_.get(user_id(request), request.deadline)));
}

}  // namespace order::api
