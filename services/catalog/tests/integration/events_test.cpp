#include <support/catch.hpp>

#include <support/await.hpp>
#include <support/event_stream.hpp>
#include <support/redis_server.hpp>

#include <mercato/http/query.hpp>

#include "deployment.hpp"

using namespace catalog::test;
using mercato::test::await;
using mercato::test::EventStream;
using mercato::test::RedisServer;
using mercato::test::ServiceProcess;

namespace {

// Where no order service listens: its events come over Redis alone.
constexpr const char* kNobody = "http://127.0.0.1:9";

Json confirmed(const std::string& order, const std::vector<std::pair<std::string, int>>& lines) {
  auto data = Json{{"order_id", order}, {"lines", Json::array()}};
  for (const auto& [product, quantity] : lines) {
    data["lines"].push_back({{"product_id", product}, {"quantity", quantity}});
  }
  return data;
}

}  // namespace

TEST_CASE("confirmed orders are counted as sales, once each", "[events]") {
  RedisServer redis;
  EventStream orders(redis.url(), "order");
  Deployment shop({{"REDIS_URL", redis.url()}, {"ORDER_URL", kNobody}});
  const auto mug = new_order();
  const auto tea = new_order();
  const auto first = new_order();
  orders.emit("order.created", first, 1, confirmed(first, {{mug, 2}}));
  orders.emit("order.confirmed", first, 2, confirmed(first, {{mug, 2}, {tea, 1}}));
  orders.emit("order.confirmed", first, 2, confirmed(first, {{mug, 2}, {tea, 1}}));
  const auto second = new_order();
  orders.emit("order.confirmed", second, 1, confirmed(second, {{mug, 3}}));
  const auto sold = [&](const std::string& product) {
    return shop.sql("SELECT sold FROM product_sales WHERE product_id = '" + product + "'");
  };
  CHECK(await([&] { return sold(mug) == "5"; }));
  CHECK(sold(tea) == "1");
}

TEST_CASE("an event that cannot be read is listed, and redriven by command", "[events]") {
  RedisServer redis;
  EventStream orders(redis.url(), "order");
  Deployment shop({{"REDIS_URL", redis.url()}, {"ORDER_URL", kNobody}});
  const auto mug = new_order();
  const auto order = new_order();
  const auto id = orders.emit("order.confirmed", order, 1, {{"order_id", order}});
  REQUIRE(await([&] { return shop.sql("SELECT count(*) FROM dead_letter") == "1"; }));
  auto environment = shop.keys.environment("catalog");
  environment["DATABASE_URL"] = shop.database_url;
  environment["JWKS_URL"] = shop.issuer.url();
  const auto run = [&](const std::vector<std::string>& arguments) {
    return ServiceProcess::run(SERVICE_BINARY, arguments, environment);
  };
  const auto listed = run({"events", "dead"});
  CHECK(listed.exit_code == 0);
  CHECK_THAT(listed.output, ContainsSubstring(R"({"id":")" + id + "\""));
  CHECK(run({"events", "redrive", id}).exit_code == 1);
  CHECK(run({"events", "redrive", new_order()}).exit_code == 1);
  CHECK(run({"events", "revive"}).exit_code == 2);

  const auto mended = mercato::json::dump(confirmed(order, {{mug, 4}}));
  (void)shop.sql("UPDATE dead_letter SET event = jsonb_set(event::jsonb, '{data}', '" + mended +
                 "')");
  CHECK(run({"events", "redrive", "--all"}).exit_code == 0);
  CHECK(shop.sql("SELECT sold FROM product_sales") == "4");
  CHECK(run({"events", "dead"}).output.find(id) == std::string::npos);
}

TEST_CASE("an admin lists dead letters and has one redriven", "[events]") {
  RedisServer redis;
  EventStream orders(redis.url(), "order");
  Deployment shop({{"REDIS_URL", redis.url()}, {"ORDER_URL", kNobody}});
  const auto mug = new_order();
  const auto order = new_order();
  const std::string desk = "/api/v1/admin/catalog/dead-letters";
  CHECK(parse(shop.admin("GET", desk)).at("data").empty());
  const auto id = orders.emit("order.confirmed", order, 1, {{"order_id", order}});
  REQUIRE(await([&] { return shop.sql("SELECT count(*) FROM dead_letter") == "1"; }));
  const auto page = parse(shop.admin("GET", desk));
  REQUIRE(page.at("data").size() == 1);
  CHECK(page.at("data")[0].at("id") == id);
  CHECK(page.at("next_cursor").is_null());
  CHECK(shop.admin("GET", desk + "?limit=0").status == 400);
  // Whoever knows how cursors are made can put anything into one.
  const auto make = [](const std::vector<std::string>& key) {
    return mercato::http::encode_cursor(key, "dead_letters");
  };
  for (const auto& forged : {make({"\xff", "1"}), make({std::string(1, '\0'), "1"}), make({}),
                             make({"order"}), make({"order", "1", "2"}), make({"order", "1x"}),
                             make({"order", "99999999999999999999"}), std::string("%ff")}) {
    INFO(forged);
    CHECK(code_of(shop.admin("GET", desk + "?cursor=" + forged)) == "invalid_cursor");
  }

  (void)shop.sql("UPDATE dead_letter SET event = jsonb_set(event::jsonb, '{data}', '" +
                 mercato::json::dump(confirmed(order, {{mug, 4}})) + "')");
  const auto redrive = [&](const std::string& letter, const std::string& body) {
    return shop.admin("POST", desk + "/" + letter + "/redrive", body, {{"Idempotency-Key", "r"}});
  };
  CHECK(redrive("nonsense", "").status == 404);
  CHECK(redrive(new_order(), "").status == 404);
  CHECK(redrive(id, R"({"now":true})").status == 422);
  const auto answer = redrive(id, "");
  CHECK(answer.status == 200);
  CHECK(await([&] { return shop.sql("SELECT sold FROM product_sales") == "4"; }));
  CHECK(redrive(id, "").body == answer.body);
  CHECK(await([&] { return parse(shop.admin("GET", desk)).at("data").empty(); }));
}

TEST_CASE("answers that are kept for an account go with it", "[events]") {
  RedisServer redis;
  EventStream users(redis.url(), "user");
  const Deployment shop({{"REDIS_URL", redis.url()}, {"USER_URL", kNobody}});
  const auto path = "/api/v1/products/" + shop.product("KEPT", 1) + "/stock-adjustments";
  REQUIRE(shop.admin("POST", path, R"({"delta":1,"reason":"found"})", {{"Idempotency-Key", "k"}})
              .status == 201);
  const auto admin = shop.sql("SELECT subject FROM idempotency_key");
  const auto other = new_order();
  shop.sql("INSERT INTO idempotency_key (subject, key, fingerprint) VALUES ('" + other +
           "', 'k', 'f')");
  users.emit("user.deleted", admin, 1, {{"user_id", admin}});
  CHECK(await([&] { return shop.sql("SELECT subject FROM idempotency_key") == other; }));
}

TEST_CASE("product events can be fetched by other services alone", "[events]") {
  auto& shop = deployment();
  const auto product = shop.product("EVENTS-1", 3);
  const auto fetch = [&](const std::string& bearer) {
    return shop.service->call({.target = "/internal/v1/events?limit=500",
                               .headers = {{"Authorization", bearer}}});
  };
  CHECK(fetch(shop.admin_bearer).status == 401);
  CHECK(await([&] {
    const auto answer = fetch(shop.keys.peer_bearer("order", "catalog"));
    return answer.status == 200 && answer.body.find(product) != std::string::npos;
  }));
}
