#include "http/payment_handlers.hpp"

#include <utility>
#include <vector>

#include <mercato/http/etag.hpp>
#include <mercato/http/problem.hpp>
#include <mercato/http/query.hpp>

#include "http/pages.hpp"
#include "http/payment_json.hpp"

namespace payment::api {
namespace {

namespace http = mercato::http;

/// What a void left behind that came before any authorisation is nobody's payment.
bool may_see(const http::Request& request, const Payment& payment) {
  if (!payment.user) return false;
  return request.caller.role == "admin" || payment.user == UserId(request.caller.subject);
}

}  // namespace

http::Answer PaymentHandlers::get_payment(const http::Request& request) {
  const auto payment = payments_.find(PaymentId(request.path_uuid("id")));
  if (!payment || !may_see(request, *payment)) throw mercato::not_found();
  return http::with_etag(request, http::json_response(to_json(*payment)));
}

http::Answer PaymentHandlers::list_payments(const http::Request& request) {
  http::QueryReader query(request);
  const auto order = query.uuid("order_id");
  if (!order && !request.query("order_id")) {
    query.fail("order_id", "required", "Name the order whose payment is wanted.");
  }
  const PageRequest<PaymentId> page(request, query, {"order_id"});
  std::vector<Payment> visible;
  auto payment = payments_.find_of_order(OrderId(*order));
  if (payment && may_see(request, *payment)) visible.push_back(std::move(*payment));
  return render(page, visible);
}

}  // namespace payment::api
