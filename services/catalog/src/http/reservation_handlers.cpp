#include "http/reservation_handlers.hpp"

#include <utility>
#include <variant>

#include <mercato/error/error.hpp>
#include <mercato/http/body.hpp>
#include <mercato/http/problem.hpp>

#include "http/lane_answers.hpp"
#include "http/reservation_json.hpp"

namespace catalog::api {
namespace {

namespace http = mercato::http;
using mercato::Error;
using mercato::ErrorKind;

// As far as a batch of commits is concerned, which does not know them.
constexpr std::size_t kLinesOfAnOrder = 10;

OrderId order_id(const http::Request& request) { return OrderId(request.path_uuid("order_id")); }

Error illegal(const char* why) { return {ErrorKind::conflict, "illegal_transition", why}; }

http::Response state(OrderId order, const char* status) {
  return http::json_response({{"order_id", order.str()}, {"status", status}});
}

/// One way to answer for each way a reserve can end.
struct RenderReserve {
  const http::Request& request;
  OrderId order;

  http::Response operator()(const Reserved& reserved) const {
    return http::json_response(to_json(order, reserved), 201);
  }
  http::Response operator()(const OutOfStock& shortages) const {
    return http::problem({ErrorKind::conflict, "out_of_stock", "Not enough is available."},
                         request, to_json(shortages));
  }
  http::Response operator()(const NotOrderable& unsold) const {
    return http::problem({ErrorKind::conflict, "not_orderable", "Some lines cannot be ordered."},
                         request, to_json(unsold));
  }
  http::Response operator()(Withdrawn) const { throw illegal("The order was released before."); }
  http::Response operator()(OtherLines) const {
    throw mercato::validation_failed(
        {{"/lines", "invalid_format", "The order holds other lines already."}});
  }
};

http::Response render(OrderId order, CommitResult result) {
  switch (result) {
    case CommitResult::committed: return state(order, "committed");
    case CommitResult::expired:
      throw Error(ErrorKind::conflict, "reservation_expired", "The reservation ran out.");
    case CommitResult::withdrawn: throw illegal("The reservation was released.");
    case CommitResult::unknown: break;
  }
  throw illegal("Nothing is reserved for this order.");
}

}  // namespace

ReservationHandlers::ReservationHandlers(ReservationStore& reservations,
                                         const mercato::Clock& clock)
    : reservations_(reservations),
      clock_(clock),
      reserve_lane_("reserve",
                    {.work =
                         [&reservations](const auto& requests, auto deadline) {
                           return reservations.reserve(requests, deadline);
                         },
                     .weight = [](const auto& request) { return request.products.size(); },
                     .same_key = [](const auto& a, const auto& b) { return a.order == b.order; }}),
      commit_lane_("commit", {.work =
                                  [&reservations](const auto& orders, auto deadline) {
                                    return reservations.commit(orders, deadline);
                                  },
                              .weight = [](OrderId) { return kLinesOfAnOrder; },
                              .same_key = [](OrderId, OrderId) { return false; }}) {}

http::Answer ReservationHandlers::reserve_stock(const http::Request& request) {
  auto wanted = parse_reservation(request.body);
  const auto order = wanted.order;
  if (is_too_old(order, clock_.now())) throw illegal("The order is over 7 days old.");
  return answer_by(reserve_lane_, std::move(wanted), request,
                   [order](const http::Request& asked, const ReserveResult& result) {
                     return std::visit(RenderReserve{asked, order}, result);
                   });
}

http::Answer ReservationHandlers::commit_reservation(const http::Request& request) {
  const auto order = order_id(request);
  http::refuse_body(request);
  return answer_by(commit_lane_, order, request,
                   [order](const http::Request&, CommitResult result) {
                     return render(order, result);
                   });
}

http::Answer ReservationHandlers::release_reservation(const http::Request& request) {
  const auto order = order_id(request);
  http::refuse_body(request);
  reservations_.release(order, request.deadline);
  return state(order, "released");
}

http::Answer ReservationHandlers::restock_reservation(const http::Request& request) {
  const auto order = order_id(request);
  const auto wanted = parse_restock(order, request.body);
  switch (reservations_.restock(wanted.returned, wanted.refund, request.deadline)) {
    case RestockResult::restocked: return state(order, "restocked");
    case RestockResult::too_much: throw illegal("More would come back than was sold.");
    case RestockResult::illegal: break;
  }
  throw illegal("The order did not buy these.");
}

}  // namespace catalog::api
