#include "http/order_handlers.hpp"

#include <utility>

#include <mercato/http/body.hpp>
#include <mercato/http/etag.hpp>
#include <mercato/http/problem.hpp>
#include <mercato/http/query.hpp>

#include "domain/get_order.hpp"
#include "http/order_answers.hpp"
#include "http/order_json.hpp"
#include "http/order_requests.hpp"
#include "http/pages.hpp"

namespace order::api {
namespace {

namespace http = mercato::http;

OrderId order_id(const http::Request& request) {
  return OrderId(request.path_uuid("id"));
}

std::optional<OrderStatus> read_status(http::QueryReader& query) {
  const auto text = query.choice("status", {"pending", "confirmed", "shipped", "delivered",
                                            "rejected", "cancelling", "cancelled"});
  return text ? parse_order_status(*text) : std::nullopt;
}

http::Response order_response(const Order& order, int status = 200) {
  auto response = http::json_response(to_json(order), status);
  response.headers.set("ETag", etag_of(order));
  if (status == 202) response.headers.set("Location", location_of(order.id));
  return response;
}

}  // namespace

http::Answer OrderHandlers::place_order(const http::Request& request) {
  auto placed = place_order_.place(keyed_answers_.parse(request, parse_place_order));
  if (auto* waiting = std::get_if<Waiting>(&placed)) return parked_.park(std::move(*waiting));
  return to_response(std::get<Answered>(placed));
}

http::Answer OrderHandlers::list_orders(const http::Request& request) {
  http::QueryReader query(request);
  OrderFilter filter;
  filter.user = viewer_of(request).user;
  filter.status = read_status(query);
  const PageRequest<OrderId> page(request, query, {"status"});
  return render(page, orders_.list(filter, page.before(), page.rows()));
}

http::Answer OrderHandlers::list_all_orders(const http::Request& request) {
  http::QueryReader query(request);
  OrderFilter filter;
  if (const auto user = query.uuid("user_id")) filter.user = UserId(*user);
  filter.status = read_status(query);
  filter.created_from = query.timestamp("created_from");
  filter.created_to = query.timestamp("created_to");
  const PageRequest<OrderId> page(request, query,
                                  {"user_id", "status", "created_from", "created_to"});
  return render(page, orders_.list(filter, page.before(), page.rows()));
}

http::Answer OrderHandlers::get_order(const http::Request& request) {
  const auto order = order::get_order(orders_, viewer_of(request), order_id(request));
  return http::with_etag(request, http::json_response(to_json(order)), etag_of(order));
}

http::Answer OrderHandlers::get_timeline(const http::Request& request) {
  auto data = Json::array();
  for (const auto& entry : order::get_timeline(orders_, viewer_of(request), order_id(request))) {
    data.push_back(to_json(entry));
  }
  return http::json_response({{"data", std::move(data)}});
}

http::Answer OrderHandlers::stream_events(const http::Request& request) {
  const auto order = order::get_order(orders_, viewer_of(request), order_id(request));
  return streams_.open(order, UserId(request.caller.subject),
                       parse_last_event_id(request.header("Last-Event-ID")),
                       request.caller.expires_at);
}

http::Answer OrderHandlers::cancel_order(const http::Request& request) {
  const auto id = order_id(request);
  return keyed_answers_.run(request, [&]() -> http::Response {
    http::refuse_body(request);
    const auto result = cancel_order_.cancel(viewer_of(request), id,
                                             request.trace.trace_id, request.deadline);
    if (!result.accepted) return illegal_transition(request, result.order.status);
    return order_response(result.order, result.order.status == OrderStatus::cancelled ? 200 : 202);
  });
}

http::Answer OrderHandlers::ship_order(const http::Request& request) {
  const auto id = order_id(request);
  return keyed_answers_.run(request, [&]() -> http::Response {
    const auto tracking = parse_tracking(request);
    const auto result =
        ship_order_.ship(id, tracking, request.trace.trace_id, request.deadline);
    if (!result.accepted) return illegal_transition(request, result.order.status);
    return order_response(result.order);
  });
}

http::Answer OrderHandlers::deliver_order(const http::Request& request) {
  const auto id = order_id(request);
  return keyed_answers_.run(request, [&]() -> http::Response {
    http::refuse_body(request);
    const auto result = deliver_order_.deliver(id, request.trace.trace_id);
    if (!result.accepted) return illegal_transition(request, result.order.status);
    return order_response(result.order);
  });
}

}  // namespace order::api
