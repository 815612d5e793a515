#include "mercato/http/late_work.hpp"

#include <chrono>
#include <functional>
#include <stdexcept>

#include <support/catch.hpp>

#include "mercato/http/inbound/server_internals.hpp"
#include "mercato/http/problem.hpp"

using namespace mercato;

namespace {

http::Request asked() {
  http::Request request;
  request.path = "/things/1";
  request.route = "/things/{id}";
  request.request_id = "r1";
  request.deadline = Deadline::in(std::chrono::seconds(60));
  request.headers.set("Authorization", "Bearer secret");
  request.body = "secret";
  return request;
}

http::Response completed(const std::function<http::Response()>& work) {
  const http::Completer completer;
  http::complete_with(completer, http::remembered(asked()), work);
  return http::ServerInternals::attach(completer, nullptr).value();
}

}  // namespace

TEST_CASE("what is remembered of a request tells nothing that it confides", "[http]") {
  const auto request = asked();
  const auto memory = http::remembered(request);
  CHECK(memory.path == request.path);
  CHECK(memory.route == request.route);
  CHECK(memory.request_id == request.request_id);
  CHECK(memory.deadline.at() == request.deadline.at());
  CHECK(memory.headers.entries().empty());
  CHECK(memory.body.empty());
}

TEST_CASE("late work completes the answer with what it returns or throws", "[http]") {
  CHECK(completed([] { return http::no_content(); }).status == 204);
  const auto refused = completed([]() -> http::Response { throw not_found(); });
  CHECK(refused.status == 404);
  CHECK(json::parse(refused.body).at("instance") == "/things/1");
  CHECK_FALSE(refused.shed);
  const auto shed = completed([]() -> http::Response { throw Overloaded("Too many."); });
  CHECK(shed.status == 503);
  CHECK(shed.shed);
  const auto failed = completed([]() -> http::Response { throw std::runtime_error("password"); });
  CHECK(failed.status == 500);
  CHECK_THAT(failed.body, !ContainsSubstring("password"));
  CHECK_FALSE(failed.shed);
}
