#include <mercato/error/rate_limited.hpp>
#include <mercato/http/problem.hpp>

#include <support/catch.hpp>

using namespace mercato;
using namespace mercato::http;

namespace {

Request a_request() {
  Request request;
  request.path = "/a b";
  request.target = "/a%20b?c=d";
  request.trace.trace_id = "0123456789abcdef0123456789abcdef";
  return request;
}

}  // namespace

TEST_CASE("a problem has all members of the contract", "[http][unit]") {
  const Error error(ErrorKind::conflict, "over_limit", "That is too much.");
  const auto response = problem(error, a_request());
  CHECK(response.status == 409);
  CHECK(response.content_type == "application/problem+json");
  CHECK(json::parse(response.body) ==
        json::Value({{"type", "https://mercato.example/problems/over_limit"},
                     {"title", "Over limit"},
                     {"status", 409},
                     {"detail", "That is too much."},
                     {"instance", "/a%20b"},
                     {"code", "over_limit"},
                     {"trace_id", "0123456789abcdef0123456789abcdef"},
                     {"retryable", false}}));
}

TEST_CASE("a problem without a detail repeats its title", "[http][unit]") {
  const auto response = problem(Error(ErrorKind::forbidden, "forbidden"), a_request());
  CHECK(json::parse(response.body).at("detail") == "Forbidden.");
}

TEST_CASE("field errors and extensions follow the members", "[http][unit]") {
  const auto invalid = validation_failed({{"/a/0", "required", "Say something."}});
  const auto response = problem(invalid, a_request(), {{"balance", 7}});
  const auto body = json::parse(response.body);
  CHECK(response.status == 422);
  CHECK(body.at("balance") == 7);
  CHECK(body.at("errors") ==
        json::Value::array(
            {{{"pointer", "/a/0"}, {"code", "required"}, {"detail", "Say something."}}}));
}

TEST_CASE("a problem says when to come back, and with what", "[http][unit]") {
  const auto request = a_request();
  CHECK(problem(unavailable(), request).headers.get("Retry-After") == "1");
  CHECK(
      problem(Error(ErrorKind::rate_limited, "rate_limited"), request).headers.get("Retry-After") ==
      "1");
  Error busy(ErrorKind::conflict, "request_in_progress");
  busy.after(std::chrono::seconds(3));
  const auto response = problem(busy, request);
  CHECK(response.headers.get("Retry-After") == "3");
  CHECK(json::parse(response.body).at("retryable") == true);
  CHECK_FALSE(response.headers.get("RateLimit-Policy"));
  const auto limited = problem(
      RateLimited("Slow down.", std::chrono::seconds(2), R"("caller";q=200;w=2)"), request);
  CHECK(limited.status == 429);
  CHECK(limited.headers.get("Retry-After") == "2");
  CHECK(limited.headers.get("RateLimit-Policy") == R"("caller";q=200;w=2)");
  CHECK(problem(Error(ErrorKind::unauthenticated, "unauthenticated"), request)
            .headers.get("WWW-Authenticate") == "Bearer");
  CHECK_FALSE(problem(not_found(), request).headers.get("Retry-After"));
}

TEST_CASE("every kind of error has its status", "[http][unit]") {
  CHECK(status_of(ErrorKind::bad_request) == 400);
  CHECK(status_of(ErrorKind::unauthenticated) == 401);
  CHECK(status_of(ErrorKind::payment_required) == 402);
  CHECK(status_of(ErrorKind::forbidden) == 403);
  CHECK(status_of(ErrorKind::not_found) == 404);
  CHECK(status_of(ErrorKind::method_not_allowed) == 405);
  CHECK(status_of(ErrorKind::precondition_failed) == 412);
  CHECK(status_of(ErrorKind::payload_too_large) == 413);
  CHECK(status_of(ErrorKind::uri_too_long) == 414);
  CHECK(status_of(ErrorKind::unsupported_media_type) == 415);
  CHECK(status_of(ErrorKind::precondition_required) == 428);
  CHECK(status_of(ErrorKind::rate_limited) == 429);
  CHECK(status_of(ErrorKind::headers_too_large) == 431);
  CHECK(status_of(ErrorKind::internal) == 500);
  CHECK(status_of(ErrorKind::bad_gateway) == 502);
  CHECK(status_of(ErrorKind::unavailable) == 503);
  CHECK(status_of(ErrorKind::gateway_timeout) == 504);
}

TEST_CASE("what was asked for is told in characters that a URI may hold", "[http][unit]") {
  const auto instance_of = [](const std::string& target) {
    auto request = a_request();
    request.target = target;
    return json::parse(problem(not_found(), request).body).at("instance").get<std::string>();
  };
  CHECK(instance_of("/\xff\xc3\xa9 a?b") == "/%FF%C3%A9%20a");
  CHECK(instance_of("/" + std::string(9'000, 'a')).size() == 1'024);
}

TEST_CASE("a problem may be tried again once it says when", "[http][unit]") {
  const auto retryable = [](const Error& error) {
    return json::parse(problem(error, a_request()).body).at("retryable").get<bool>();
  };
  Error slow(ErrorKind::bad_request, "bad_request");
  CHECK_FALSE(retryable(slow));
  CHECK(retryable(slow.after(std::chrono::seconds(1))));
}
