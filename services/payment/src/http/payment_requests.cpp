#include "http/payment_requests.hpp"

#include <algorithm>
#include <string>
#include <string_view>

#include <mercato/json/reader.hpp>

namespace payment::api {
namespace {

namespace http = mercato::http;
namespace json = mercato::json;

template <class IdType>
IdType read_id(json::Reader& body, std::string_view key) {
  const auto text = body.text(key, {.max = 100});
  const auto id = IdType::parse(text);
  if (!id && !text.empty()) body.fail(key, "invalid_format", "Must be a UUID.");
  return id.value_or(IdType());
}

Money read_money(json::Reader& body, std::string_view key) {
  Money money;
  body.object(key, [&money](json::Reader& object) {
    money.amount_minor = object.integer("amount", {.min = 1, .max = kMaxAmountMinor});
    money.currency = object.text("currency", {.max = 3});
    const bool is_code = money.currency.size() == 3 &&
                         std::all_of(money.currency.begin(), money.currency.end(),
                                     [](char c) { return c >= 'A' && c <= 'Z'; });
    if (!money.currency.empty() && !is_code) {
      object.fail("currency", "invalid_format", "Must be an ISO 4217 code.");
    }
  });
  return money;
}

}  // namespace

NewPayment parse_new_payment(const http::Request& request) {
  json::Reader body(json::parse(request.body));
  NewPayment wanted;
  wanted.order = read_id<OrderId>(body, "order_id");
  wanted.user = read_id<UserId>(body, "user_id");
  wanted.amount = read_money(body, "amount");
  wanted.payment_method = body.text("payment_method", {.max = 255});
  body.finish();
  return wanted;
}

RefundRequest parse_refund(const http::Request& request) {
  json::Reader body(json::parse(request.body));
  RefundRequest wanted;
  wanted.order = OrderId(request.path_uuid("order_id"));
  wanted.id = read_id<RefundId>(body, "refund_id");
  wanted.amount = read_money(body, "amount");
  wanted.reason = body.text("reason", {.min = 0, .max = 500, .multiline = true});
  body.finish();
  return wanted;
}

}  // namespace payment::api
