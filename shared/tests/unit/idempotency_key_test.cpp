#include <support/catch.hpp>

#include <optional>
#include <string>
#include <utility>

#include "mercato/error/error.hpp"
#include "mercato/idempotency/idempotency.hpp"

using namespace mercato;

namespace {

http::Request request_with(std::string key) {
  http::Request request;
  request.method = http::Method::post;
  request.headers.set("Idempotency-Key", std::move(key));
  return request;
}

std::string code_of(const http::Request& request) {
  try {
    static_cast<void>(idempotency::required_key_of(request));
  } catch (const Error& error) {
    return error.code();
  }
  return "";
}

}  // namespace

TEST_CASE("a key is the same bare or quoted", "[idempotency]") {
  CHECK(idempotency::key_of(request_with("abc")) == "abc");
  CHECK(idempotency::key_of(request_with("\"abc\"")) == "abc");
  CHECK(idempotency::key_of(request_with(R"("a\"b\\c")")) == R"(a"b\c)");
  CHECK(idempotency::key_of(request_with(R"(a"b)")) == R"(a"b)");
  CHECK(idempotency::key_of(request_with("a%0ax")) == "a%0ax");
}

TEST_CASE("a missing key and a bad one are told apart", "[idempotency]") {
  CHECK(code_of(http::Request()) == "idempotency_key_missing");
  CHECK(idempotency::key_of(http::Request()) == std::nullopt);
  for (const std::string& bad :
       {std::string(), std::string("a b"), std::string("\"abc"), std::string("\"\""),
        std::string("\"a\"b\""), std::string(R"("a\x")"), std::string("\"a\\\""),
        std::string("\xe9"), std::string("a\x01"), std::string("\xc3\xa9"),
        std::string(256, 'a')}) {
    CAPTURE(bad);
    CHECK(code_of(request_with(bad)) == "invalid_idempotency_key");
  }
  CHECK(code_of(request_with(std::string(255, 'a'))).empty());
}

TEST_CASE("two keys in one request are refused", "[idempotency]") {
  auto request = request_with("a");
  request.headers.add("Idempotency-Key", "a");
  CHECK(code_of(request) == "invalid_idempotency_key");
  CHECK(code_of(request_with("a, a")) == "invalid_idempotency_key");  // as the server joins them
  CHECK(code_of(request_with(R"("a", "a")")) == "invalid_idempotency_key");
}

TEST_CASE("a fingerprint tells requests apart by method, path and body", "[idempotency]") {
  http::Request base;
  base.method = http::Method::post;
  base.path = "/a";
  base.query_parameters = {{"x", "1"}};
  base.body = "{}";
  const auto fingerprint = idempotency::fingerprint_of(base);
  CHECK(fingerprint.size() == 64);
  CHECK(fingerprint == idempotency::fingerprint_of(base));

  auto other = base;
  other.method = http::Method::put;
  CHECK(fingerprint != idempotency::fingerprint_of(other));
  other = base;
  other.path = "/b";
  CHECK(fingerprint != idempotency::fingerprint_of(other));
  other = base;
  other.query_parameters = {};
  CHECK(fingerprint == idempotency::fingerprint_of(other));
  other = base;
  other.body = "{ }";
  CHECK(fingerprint != idempotency::fingerprint_of(other));
}

TEST_CASE("successes, declines and conflicts of the business are stored", "[idempotency]") {
  for (const int status : {200, 201, 202, 204, 402, 409}) CHECK(idempotency::is_stored(status));
  for (const int status : {400, 401, 403, 404, 422, 429, 500, 503}) {
    CHECK_FALSE(idempotency::is_stored(status));
  }
}
