#include <support/catch.hpp>

#include <string>

#include "mercato/http/etag.hpp"
#include "mercato/http/problem.hpp"

using namespace mercato;

namespace {

http::Request having(const char* tags, http::Method method = http::Method::get) {
  http::Request request;
  request.method = method;
  request.headers.set("If-None-Match", tags);
  return request;
}

http::Response answer(const http::Request& request) {
  return http::with_etag(request, http::json_response({{"a", 1}}), "\"7\"");
}

}  // namespace

TEST_CASE("an answer that the client has is not sent again", "[http]") {
  for (const auto* tags : {"\"7\"", "W/\"7\"", "\"6\" ,\t\"7\"", "\"x\",W/\"7\" ", "*"}) {
    INFO(tags);
    const auto unchanged = answer(having(tags));
    CHECK(unchanged.status == 304);
    CHECK(unchanged.body.empty());
    CHECK(unchanged.headers.get("ETag") == "\"7\"");
  }
  for (const auto* tags : {"\"6\"", "7", "\"77\"", " , ", ""}) {
    INFO(tags);
    CHECK(answer(having(tags)).status == 200);
  }
  CHECK(answer(http::Request()).status == 200);
  CHECK(answer(having("\"7\"", http::Method::patch)).status == 200);
}

TEST_CASE("without a version the body makes the tag", "[http]") {
  const auto tagged = [](int a) {
    return http::with_etag(http::Request(), http::json_response({{"a", a}}));
  };
  const auto tag = std::string(*tagged(1).headers.get("ETag"));
  CHECK(tag.front() == '"');
  CHECK(tagged(1).headers.get("ETag") == tag);
  CHECK(tagged(2).headers.get("ETag") != tag);
  const auto unchanged = http::with_etag(having(tag.c_str()), http::json_response({{"a", 1}}));
  CHECK(unchanged.status == 304);
}
