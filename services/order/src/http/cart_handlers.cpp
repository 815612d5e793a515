#include "http/cart_handlers.hpp"

#include <mercato/http/etag.hpp>
#include <mercato/http/problem.hpp>
#include <mercato/json/reader.hpp>

#include "http/cart_json.hpp"

namespace order::api {
namespace {

namespace http = mercato::http;
namespace json = mercato::json;

UserId buyer(const http::Request& request) {
  return UserId(request.caller.subject);
}
ProductId product(const http::Request& request) {
  return ProductId(request.path_uuid("product_id"));
}

}  // namespace

http::Answer CartHandlers::get_cart(const http::Request& request) {
  const auto cart = get_cart_.get(buyer(request), request.deadline);
  return http::with_etag(request, http::json_response(to_json(cart)));
}

http::Answer CartHandlers::clear_cart(const http::Request& request) {
  carts_.clear(buyer(request));
  return http::no_content();
}

http::Answer CartHandlers::put_cart_item(const http::Request& request) {
  const auto wanted = product(request);
  json::Reader body(json::parse(request.body));
  const auto quantity = body.integer("quantity", {.min = 1, .max = kMaxQuantity});
  body.finish();
  put_cart_item_.put(buyer(request), wanted, quantity, request.deadline);
  return http::json_response(to_json(get_cart_.get(buyer(request), request.deadline)));
}

http::Answer CartHandlers::remove_cart_item(const http::Request& request) {
  carts_.remove(buyer(request), product(request));
  return http::no_content();
}

}  // namespace order::api
