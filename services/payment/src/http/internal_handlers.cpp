#include "http/internal_handlers.hpp"

#include <mercato/http/body.hpp>
#include <mercato/http/problem.hpp>

#include "http/payment_json.hpp"
#include "http/payment_requests.hpp"

namespace payment::api {
namespace {

namespace http = mercato::http;
using mercato::Error;
using mercato::ErrorKind;

OrderId order_id(const http::Request& request) { return OrderId(request.path_uuid("order_id")); }

http::Response not_yet(const Payment& payment) {
  return http::json_response({{"id", payment.id.str()}, {"status", name(payment.status)}}, 202);
}

http::Response conflict(const http::Request& request, const char* code, const char* detail) {
  return http::problem(Error(ErrorKind::conflict, code, detail), request);
}

}  // namespace

http::Answer InternalHandlers::authorize_payment(const http::Request& request) {
  const auto result = payments_.authorize(parse_new_payment(request), request.deadline);
  const auto& payment = result.payment;
  switch (payment.status) {
    case PaymentStatus::pending:
    case PaymentStatus::unknown: return not_yet(payment);
    case PaymentStatus::declined:
      return http::problem(
          Error(ErrorKind::payment_required, "payment_declined", "The card was declined."), request,
          {{"decline_code", payment.decline_code}, {"order_id", payment.order.str()}});
    case PaymentStatus::voided: break;
    case PaymentStatus::authorized:
    case PaymentStatus::captured:
    case PaymentStatus::partially_refunded:
    case PaymentStatus::refunded:
      if (payment.void_requested) break;
      return http::json_response(to_json(payment), result.created ? 201 : 200);
  }
  return conflict(request, "illegal_transition", "The payment was withdrawn.");
}

http::Answer InternalHandlers::capture_payment(const http::Request& request) {
  http::refuse_body(request);
  const auto payment = payments_.capture(order_id(request), request.deadline);
  if (payment.was_captured()) return http::json_response(to_json(payment));
  if (payment.status == PaymentStatus::voided || payment.status == PaymentStatus::declined) {
    return conflict(request, "capture_failed", "There is no authorisation to capture.");
  }
  return not_yet(payment);
}

http::Answer InternalHandlers::void_payment(const http::Request& request) {
  http::refuse_body(request);
  const auto payment = payments_.void_payment(order_id(request), request.deadline);
  const bool let_go =
      payment.status == PaymentStatus::voided || payment.status == PaymentStatus::declined;
  if (!payment.given_back() && !let_go) return not_yet(payment);
  auto body = to_json(payment);
  body["status"] = let_go ? "voided" : "refunded";
  return http::json_response(body);
}

http::Answer InternalHandlers::refund_payment(const http::Request& request) {
  const auto wanted = parse_refund(request);
  const auto result = payments_.refund(wanted, request.deadline);
  if (const auto* refused = std::get_if<RefundRefused>(&result)) {
    return refused->over ? conflict(request, "over_refund", "More than is left of the payment.")
                         : conflict(request, "illegal_transition", "There is nothing to refund.");
  }
  const auto& done = std::get<RefundDone>(result);
  const bool succeeded = done.refund.status == RefundStatus::succeeded;
  return http::json_response(to_json(done.refund), !succeeded ? 202 : done.created ? 201 : 200);
}

}  // namespace payment::api
