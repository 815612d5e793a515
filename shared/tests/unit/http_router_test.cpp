#include <mercato/http/router.hpp>

#include <stdexcept>

#include <support/catch.hpp>

using namespace mercato::http;

namespace {

Answer nothing(const Request&) {
  return Response{};
}

RouteOptions open() {
  return {.access = Access::anonymous};
}

Router shelves() {
  Router router;
  router.add(Method::get, "/shelves", open(), nothing);
  router.add(Method::post, "/shelves", open(), nothing);
  router.add(Method::get, "/shelves/{id}", open(), nothing);
  router.add(Method::get, "/shelves/{shelf}/books/{book}", open(), nothing);
  router.add(Method::get, "/shelves/current", open(), nothing);
  router.add(Method::del, "/shelves/current", open(), nothing);
  router.add(Method::get, "/", open(), nothing);
  return router;
}

}  // namespace

TEST_CASE("a path finds its route and parameters", "[http][unit]") {
  const auto router = shelves();
  const auto match = router.match("GET", "/shelves/7/books/8");
  REQUIRE(match.options);
  CHECK(match.route == "/shelves/{shelf}/books/{book}");
  REQUIRE(match.parameters.size() == 2);
  CHECK(match.parameters[0] == std::pair<std::string, std::string>("shelf", "7"));
  CHECK(match.parameters[1] == std::pair<std::string, std::string>("book", "8"));
  CHECK(router.match("GET", "/").route == "/");
}

TEST_CASE("a literal segment wins over a parameter", "[http][unit]") {
  const auto router = shelves();
  CHECK(router.match("GET", "/shelves/current").route == "/shelves/current");
  CHECK(router.match("GET", "/shelves/currents").route == "/shelves/{id}");
  // It wins only where it leads to a route.
  CHECK(router.match("GET", "/shelves/current/books/8").route == "/shelves/{shelf}/books/{book}");
}

TEST_CASE("a known path with another method tells the methods it has", "[http][unit]") {
  const auto router = shelves();
  const auto match = router.match("PATCH", "/shelves");
  CHECK_FALSE(match.options);
  CHECK(match.allow == "GET, HEAD, POST");
  CHECK(router.match("OPTIONS", "/shelves/current").allow == "GET, HEAD, DELETE");
  CHECK(router.match("get", "/shelves").allow == "GET, HEAD, POST");
}

TEST_CASE("HEAD is served by GET", "[http][unit]") {
  CHECK(shelves().match("HEAD", "/shelves/7").route == "/shelves/{id}");
}

TEST_CASE("an unknown path has no methods", "[http][unit]") {
  const auto router = shelves();
  for (const char* path : {"/shelf", "/shelves/", "//shelves", "/shelves/7/books",
                           "/shelves//books/8", "", "shelves", "*", "/SHELVES"}) {
    INFO(path);
    const auto match = router.match("GET", path);
    CHECK_FALSE(match.options);
    CHECK(match.allow.empty());
  }
}

TEST_CASE("an encoded slash stays inside its segment", "[http][unit]") {
  const auto match = shelves().match("GET", "/shelves/a%2Fb%20c");
  REQUIRE(match.options);
  CHECK(match.parameters[0].second == "a/b c");
}

TEST_CASE("a path as deep as it can be sent is no trouble", "[http][unit]") {
  std::string deep;
  for (int i = 0; i < 4000; ++i) deep += "/a";
  CHECK_FALSE(shelves().match("GET", deep).options);
}

TEST_CASE("all routes can be listed in the order they were declared", "[http][unit]") {
  const auto routes = shelves().routes();
  REQUIRE(routes.size() == 7);
  CHECK(routes[1].first == "POST /shelves");
  CHECK(routes[6].first == "GET /");
  CHECK(shelves().match("GET", "/").index == 6);
}

TEST_CASE("declaring a route twice is a mistake", "[http][unit]") {
  auto router = shelves();
  CHECK_THROWS_AS(router.add(Method::get, "/shelves/{number}", open(), nothing), std::logic_error);
  CHECK_THROWS_AS(router.add(Method::get, "shelves", open(), nothing), std::logic_error);
}
