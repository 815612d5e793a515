#include <support/catch.hpp>

#include <string>

#include <mercato/error/error.hpp>

#include "http/order_requests.hpp"

using namespace order;
using mercato::http::Request;

namespace {

constexpr const char* kAddress =
    R"("shipping_address":{"name":"Ada","line1":"1 High Street","city":"London",)"
    R"("postal_code":"N1 1AA","country":"GB"})";
constexpr const char* kProduct = "01890a5d-ac96-774b-bcce-b302099a8057";

Request post(std::string body) {
  Request request;
  request.method = mercato::http::Method::post;
  request.path = "/api/v1/orders";
  request.caller.kind = mercato::http::Caller::Kind::subject;
  request.caller.subject = mercato::Uuid::v7();
  request.headers.set("Idempotency-Key", "abc");
  request.body = std::move(body);
  return request;
}

std::string line(const std::string& quantity = "1", const std::string& product = kProduct) {
  return R"({"product_id":")" + product + R"(","quantity":)" + quantity + "}";
}

std::string body(const std::string& lines, const std::string& rest = {}) {
  return R"({"lines":[)" + lines + R"(],"payment_method":"pm_card_visa",)" + kAddress + rest + "}";
}

/// The pointers and codes of what is wrong with a body; empty if nothing is.
std::string mistakes(const std::string& text) {
  try {
    static_cast<void>(api::parse_place_order(post(text)));
  } catch (const mercato::Error& error) {
    std::string all = error.fields().empty() ? error.code() : "";
    for (const auto& field : error.fields()) {
      all += (all.empty() ? "" : ", ") + field.pointer + " " + field.code;
    }
    return all;
  }
  return "";
}

}  // namespace

TEST_CASE("an order needs lines, a payment method and an address", "[order_requests]") {
  CHECK(mistakes(body(line())).empty());
  CHECK(mistakes("{}") == "/lines required, /payment_method required, /shipping_address required");
  CHECK(mistakes("[]").find("wrong_type") != std::string::npos);
  CHECK(mistakes("{") == "malformed_json");
}

TEST_CASE("every mistake in an order is named by its place", "[order_requests]") {
  CHECK(mistakes(body(line("0"))) == "/lines/0/quantity out_of_range");
  CHECK(mistakes(body(line("10001"))) == "/lines/0/quantity out_of_range");
  CHECK(mistakes(body(line("1.0"))) == "/lines/0/quantity wrong_type");
  CHECK(mistakes(body(line("\"1\""))) == "/lines/0/quantity wrong_type");
  CHECK(mistakes(body(line("1", "mug"))) == "/lines/0/product_id invalid_format");
  CHECK(mistakes(body("")) == "/lines out_of_range");
  CHECK(mistakes(body(line(), R"(,"coupon":"x")")) == "/coupon unknown_field");
  CHECK(mistakes(body(line(), R"(,"from_cart":true)")) == "/lines invalid_format");
  CHECK(mistakes(body(line(), R"(,"expected_total":{"amount":5,"currency":"gbp"})")) ==
        "/expected_total/currency invalid_format");
  CHECK(mistakes(body(line(), R"(,"expected_total":{"amount":5,"currency":"ABC"})")) ==
        "/expected_total/currency invalid_format");
  CHECK(mistakes(body(line(), R"(,"shipping_address_id":"x")")) ==
        "/shipping_address_id invalid_format, /shipping_address_id invalid_format");
}

TEST_CASE("an address names a country that exists", "[order_requests]") {
  const std::string elsewhere =
      R"({"lines":[)" + line() +
      R"(],"payment_method":"p","shipping_address":{"name":"A","line1":"B","city":"C",)"
      R"("postal_code":"D","country":"XX"}})";
  CHECK(mistakes(elsewhere) == "/shipping_address/country invalid_format");
}

TEST_CASE("lines of one product become one, within the limit", "[order_requests]") {
  const auto command = api::parse_place_order(post(body(line("2") + "," + line("3"))));
  REQUIRE(command.lines.size() == 1);
  CHECK(command.lines.front().quantity == 5);
  CHECK(mistakes(body(line("6000") + "," + line("6000"))) == "/lines out_of_range");
}

TEST_CASE("an order may come from the cart, and go to an address of the address book",
          "[order_requests]") {
  const auto command = api::parse_place_order(
      post(R"({"from_cart":true,"payment_method":"p","shipping_address_id":")" +
           std::string(kProduct) + "\"}"));
  CHECK(command.request.from_cart);
  CHECK(command.request.address->str() == kProduct);
}

TEST_CASE("an order needs an idempotency key", "[order_requests]") {
  auto request = post(body(line()));
  request.headers = {};
  CHECK_THROWS_AS(api::parse_place_order(request), mercato::Error);
}

TEST_CASE("a client says how long it waits", "[order_requests]") {
  using std::chrono::seconds;
  CHECK(api::parse_wait({}) == seconds(4));
  CHECK(api::parse_wait("wait=0") == seconds(0));
  CHECK(api::parse_wait("respond-async, Wait=7") == seconds(7));
  CHECK(api::parse_wait("wait=11") == seconds(10));
  CHECK(api::parse_wait("wait=99999999999999999999") == seconds(10));
  CHECK(api::parse_wait("wait=-1") == seconds(4));
  CHECK(api::parse_wait("wait=soon") == seconds(4));
  CHECK(api::parse_wait("wait=") == seconds(4));
}

TEST_CASE("a refund is of lines, or of an amount, or of the rest", "[order_requests]") {
  CHECK(api::parse_refund(post(R"({"reason":"r"})")).lines.empty());
  CHECK(api::parse_refund(post(R"({"reason":"r","amount":{"amount":5,"currency":"GBP"}})"))
            .amount->amount_minor == 5);
  CHECK_THROWS_AS(api::parse_refund(post(R"({"lines":[)" + line() +
                                         R"(],"amount":{"amount":5,"currency":"GBP"}})")),
                  mercato::Error);
}
