#include <mercato/http/deprecation.hpp>

#include <stdexcept>
#include <string>

#include <support/catch.hpp>

using namespace mercato;
using namespace mercato::http;

namespace {

Headers headers_of(const std::string& path) {
  Headers headers;
  add_deprecation(path, headers);
  return headers;
}

}  // namespace

TEST_CASE("nothing is said while nothing is deprecated", "[http][deprecation]") {
  announce_deprecation({"/api/v1/", std::nullopt, parse_rfc3339("2027-01-01T00:00:00Z"), "x"});
  CHECK(headers_of("/api/v1/notes").entries().empty());
}

TEST_CASE("a deprecated interface says so, and only it", "[http][deprecation]") {
  announce_deprecation({"/api/v1/", parse_rfc3339("2026-01-01T00:00:00Z"),
                        parse_rfc3339("2027-01-01T00:00:00Z"), "https://docs.example/v2"});
  const auto headers = headers_of("/api/v1/notes");
  CHECK(headers.get("Deprecation") == "@1767225600");
  CHECK(headers.get("Sunset") == "Fri, 01 Jan 2027 00:00:00 GMT");
  CHECK(headers.get("Link") == "<https://docs.example/v2>; rel=\"deprecation\"");
  CHECK(headers_of("/api/v2/notes").entries().empty());
  CHECK(headers_of("/livez").entries().empty());
  announce_deprecation({});
}

TEST_CASE("a link that would break out of its header is refused", "[http][deprecation]") {
  CHECK_THROWS_AS(announce_deprecation({"/api/v1/", parse_rfc3339("2026-01-01T00:00:00Z"),
                                        std::nullopt, "https://a\r\nX: 1"}),
                  std::invalid_argument);
}
