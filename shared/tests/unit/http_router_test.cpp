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

Router orders() {
  Router router;
  router.add(Method::get, "/orders", open(), nothing);
  router.add(Method::post, "/orders", open(), nothing);
  router.add(Method::get, "/orders/{id}", open(), nothing);
  router.add(Method::get, "/orders/{order}/lines/{line}", open(), nothing);
  router.add(Method::get, "/orders/current", open(), nothing);
  router.add(Method::del, "/orders/current", open(), nothing);
  router.add(Method::get, "/", open(), nothing);
  return router;
}

}  // namespace

TEST_CASE("a path finds its route and parameters", "[http][unit]") {
  const auto router = orders();
  const auto match = router.match("GET", "/orders/7/lines/8");
  REQUIRE(match.options);
  CHECK(match.route == "/orders/{order}/lines/{line}");
  REQUIRE(match.parameters.size() == 2);
  CHECK(match.parameters[0] == std::pair<std::string, std::string>("order", "7"));
  CHECK(match.parameters[1] == std::pair<std::string, std::string>("line", "8"));
  CHECK(router.match("GET", "/").route == "/");
}

TEST_CASE("a literal segment wins over a parameter", "[http][unit]") {
  const auto router = orders();
  CHECK(router.match("GET", "/orders/current").route == "/orders/current");
  CHECK(router.match("GET", "/orders/currents").route == "/orders/{id}");
  // It wins only where it leads to a route.
  CHECK(router.match("GET", "/orders/current/lines/8").route == "/orders/{order}/lines/{line}");
}

TEST_CASE("a known path with another method tells the methods it has", "[http][unit]") {
  const auto router = orders();
  const auto match = router.match("PATCH", "/orders");
  CHECK_FALSE(match.options);
  CHECK(match.allow == "GET, HEAD, POST");
  CHECK(router.match("OPTIONS", "/orders/current").allow == "GET, HEAD, DELETE");
  CHECK(router.match("get", "/orders").allow == "GET, HEAD, POST");
}

TEST_CASE("HEAD is served by GET", "[http][unit]") {
  CHECK(orders().match("HEAD", "/orders/7").route == "/orders/{id}");
}

TEST_CASE("an unknown path has no methods", "[http][unit]") {
  const auto router = orders();
  for (const char* path : {"/order", "/orders/", "//orders", "/orders/7/lines", "/orders//lines/8",
                           "", "orders", "*", "/ORDERS"}) {
    INFO(path);
    const auto match = router.match("GET", path);
    CHECK_FALSE(match.options);
    CHECK(match.allow.empty());
  }
}

TEST_CASE("an encoded slash stays inside its segment", "[http][unit]") {
  const auto match = orders().match("GET", "/orders/a%2Fb%20c");
  REQUIRE(match.options);
  CHECK(match.parameters[0].second == "a/b c");
}

TEST_CASE("a path as deep as it can be sent is no trouble", "[http][unit]") {
  std::string deep;
  for (int i = 0; i < 4000; ++i) deep += "/a";
  CHECK_FALSE(orders().match("GET", deep).options);
}

TEST_CASE("all routes can be listed in the order they were declared", "[http][unit]") {
  const auto routes = orders().routes();
  REQUIRE(routes.size() == 7);
  CHECK(routes[1].first == "POST /orders");
  CHECK(routes[6].first == "GET /");
  CHECK(orders().match("GET", "/").index == 6);
}

TEST_CASE("declaring a route twice is a mistake", "[http][unit]") {
  auto router = orders();
  CHECK_THROWS_AS(router.add(Method::get, "/orders/{number}", open(), nothing), std::logic_error);
  CHECK_THROWS_AS(router.add(Method::get, "orders", open(), nothing), std::logic_error);
}
