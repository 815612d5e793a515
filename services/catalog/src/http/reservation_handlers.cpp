#include "http/reservation_handlers.hpp"

#include <exception>
#include <memory>
#include <optional>
#include <utility>
#include <variant>

#include <mercato/error/error.hpp>
#include <mercato/http/problem.hpp>
#include <mercato/log/log.hpp>

#include "http/reservation_json.hpp"

namespace catalog::api {
namespace {

namespace http = mercato::http;
using mercato::Error;
using mercato::ErrorKind;

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

http::Response render(const http::Request& request, OrderId order, const ReserveResult& result) {
  return std::visit(RenderReserve{request, order}, result);
}

http::Response render(const http::Request&, OrderId order, CommitResult result) {
  switch (result) {
    case CommitResult::committed: return state(order, "committed");
    case CommitResult::expired:
      throw Error(ErrorKind::conflict, "reservation_expired", "The reservation ran out.");
    case CommitResult::withdrawn: throw illegal("The reservation was released.");
    case CommitResult::unknown: break;
  }
  throw illegal("Nothing is reserved for this order.");
}

/// As much of a request as an answer that comes later tells of.
http::Request remembered(const http::Request& request) {
  http::Request memory;
  memory.method = request.method;
  memory.path = request.path;
  memory.target = request.target;
  memory.route = request.route;
  memory.request_id = request.request_id;
  memory.trace = request.trace;
  return memory;
}

template <class Outcome>
http::Response render_outcome(const http::Request& request, OrderId order, const Outcome& outcome) {
  if (const auto* failure = std::get_if<std::exception_ptr>(&outcome)) {
    std::rethrow_exception(*failure);
  }
  return render(request, order, std::get<0>(outcome));
}

/// The answer that comes later: nobody is there any more to turn what is thrown into a problem.
template <class Outcome>
http::Response render_late(const http::Request& request, OrderId order, const Outcome& outcome) {
  try {
    return render_outcome(request, order, outcome);
  } catch (const Error& error) {
    return http::problem(error, request);
  } catch (const std::exception& error) {
    mercato::log::error("request failed", {{"route", request.route}, {"error", error.what()}});
    return http::problem(Error(ErrorKind::internal, "internal"), request);
  }
}

/// Has the lane do the job: at once if it is free, else the request is parked until its turn.
template <class Lane, class Job>
http::Answer answer_by(Lane& lane, Job job, OrderId order, const http::Request& request) {
  std::optional<http::Deferred> deferred;
  const auto outcome = lane.submit(std::move(job), request.deadline, [&] {
    const http::Completer completer;
    const auto memory = std::make_shared<const http::Request>(remembered(request));
    deferred.emplace(completer, request.deadline.remaining(), [memory] {
      return http::problem(mercato::unavailable("This took too long. Try again."), *memory);
    });
    return [completer, memory, order](const typename Lane::Outcome& late) {
      completer.complete(render_late(*memory, order, late));
    };
  });
  if (outcome) return render_outcome(request, order, *outcome);
  return std::move(*deferred);
}

}  // namespace

ReservationHandlers::ReservationHandlers(ReservationStore& reservations,
                                         const mercato::Clock& clock)
    : reservations_(reservations),
      clock_(clock),
      reserve_lane_("reserve", {.work = [&reservations](const auto& requests, auto deadline) {
                                  return reservations.reserve(requests, deadline);
                                },
                                .weight = [](const auto& request) { return request.products.size(); },
                                .same_key = [](const auto& a, const auto& b) {
                                  return a.order == b.order;
                                }}),
      commit_lane_("commit", {.work = [&reservations](const auto& orders, auto deadline) {
                                return reservations.commit(orders, deadline);
                              },
                              .weight = [](const auto&) { return std::size_t{10}; },
                              .same_key = [](const auto&, const auto&) { return false; }}) {}

http::Answer ReservationHandlers::reserve(const http::Request& request) {
  auto wanted = parse_reservation(request.body);
  const auto order = wanted.order;
  if (is_too_old(order, clock_.now())) throw illegal("The order is over 7 days old.");
  return answer_by(reserve_lane_, std::move(wanted), order, request);
}

http::Answer ReservationHandlers::commit(const http::Request& request) {
  const auto order = order_id(request);
  return answer_by(commit_lane_, order, order, request);
}

http::Answer ReservationHandlers::release(const http::Request& request) {
  const auto order = order_id(request);
  reservations_.release(order, request.deadline);
  return state(order, "released");
}

http::Answer ReservationHandlers::restock(const http::Request& request) {
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
