#include "http/refund_handlers.hpp"

#include <optional>
#include <utility>

#include <mercato/http/problem.hpp>

#include "domain/get_order.hpp"
#include "http/order_answers.hpp"
#include "http/order_requests.hpp"
#include "http/pages.hpp"

namespace order::api {
namespace {

namespace http = mercato::http;

struct Render {
  const http::Request& request;

  http::Response operator()(const Refund& refund) const {
    return http::json_response(to_json(refund), 201);
  }
  http::Response operator()(const OverRefund&) const {
    return http::problem(
        {mercato::ErrorKind::conflict, "over_refund", "That is more than is left of the order."},
        request);
  }
  http::Response operator()(const NothingCaptured& refused) const {
    return illegal_transition(request, refused.status);
  }
  http::Response operator()(const RefundOrder::Replay& replay) const {
    return to_response(replay.answer, true);
  }
};

/// The refund that the answer tells of, also if it failed.
struct RefundMade {
  std::optional<RefundId> operator()(const Refund& refund) const { return refund.id; }
  std::optional<RefundId> operator()(const OverRefund& refused) const { return refused.failed; }
  std::optional<RefundId> operator()(const NothingCaptured& refused) const {
    return refused.failed;
  }
  std::optional<RefundId> operator()(const RefundOrder::Replay&) const { return std::nullopt; }
};

}  // namespace

http::Answer RefundHandlers::refund_order(const http::Request& request) {
  const OrderId id(request.path_uuid("id"));
  const auto key = parse_key(request);
  const auto result = refund_order_.refund(id, keyed_answers_.parse(request, parse_refund), key,
                                           request.trace.trace_id, request.deadline);
  auto response = std::visit(Render{request}, result);
  if (std::holds_alternative<RefundOrder::Replay>(result)) return response;
  return to_response(answers_.keep(key, to_answer(response), std::visit(RefundMade{}, result)));
}

http::Answer RefundHandlers::list_refunds(const http::Request& request) {
  http::QueryReader query(request);
  const PageRequest<RefundId> page(request, query, {});
  const auto order = get_order(orders_, viewer_of(request), OrderId(request.path_uuid("id")));
  return render(page, refunds_.list(order.id, page.before(), page.rows()));
}

}  // namespace order::api
