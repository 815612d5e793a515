#include <support/catch.hpp>

#include <string>
#include <utility>
#include <vector>

#include <mercato/db/pool.hpp>
#include <support/await.hpp>
#include <support/event_stream.hpp>
#include <support/redis_server.hpp>

#include "deployment.hpp"

using namespace order::test;
using mercato::test::await;
using mercato::test::EventStream;
using mercato::test::RedisServer;

namespace {

/// The service beside a Redis, and the events of its neighbours, which do not answer for them.
struct Listening {
  RedisServer redis;
  EventStream users{redis.url(), "user"};
  EventStream products{redis.url(), "catalog"};
  Deployment shop{{{"REDIS_URL", redis.url()}, {"ADDRESS_KEEP_S", "0"}}};

  void put(const Deployment::Caller& caller, const std::string& product) const {
    const auto path = "/api/v1/cart/items/" + product;
    REQUIRE(shop.send(caller, "PUT", path, R"({"quantity":2})").status == 200);
  }
  [[nodiscard]] bool await_sql(const std::string& statement, const std::string& wanted) const {
    return await([&] { return shop.sql(statement) == wanted; });
  }
};

Json product_event(const std::string& product, int price) {
  return {{"product_id", product},
          {"sku", "MUG-2"},
          {"name", "Bigger mug"},
          {"price", {{"amount", price}, {"currency", "GBP"}}},
          {"status", "active"}};
}

Json user_event(const std::string& user, const std::string& status) {
  return {{"user_id", user}, {"status", status}};
}

}  // namespace

TEST_CASE("a disabled buyer is not trusted while the user service is down", "[events]") {
  Listening listening;
  auto& shop = listening.shop;
  const auto ada = shop.customer();
  const auto mug = new_product();
  shop.neighbours.set_stock(mug, 5);
  REQUIRE(shop.place(ada, "first", order_body(mug, 1)).status == 201);
  REQUIRE(shop.sql("SELECT count(*) FROM seen_active") == "1");

  listening.users.emit("user.disabled", ada.id, 1, user_event(ada.id, "disabled"));
  REQUIRE(listening.await_sql("SELECT count(*) FROM inactive_user", "1"));
  CHECK(shop.sql("SELECT count(*) FROM seen_active") == "0");
  // As a checkout that was under way would do.
  (void)shop.sql("INSERT INTO seen_active (user_id) VALUES ('" + ada.id + "')");
  shop.service->terminate();  // the status that it remembered goes with it
  shop.service->start();
  shop.neighbours.meddle([](const PeerRequest& request) -> std::optional<Neighbours::Meddling> {
    if (request.target.find("/users/") == std::string::npos) return std::nullopt;
    return Neighbours::Meddling{PeerAnswer{503, "{}"}};
  });
  CHECK(shop.place(ada, "second", order_body(mug, 1), "wait=1").status == 202);

  listening.users.emit("user.enabled", ada.id, 2, user_event(ada.id, "active"));
  REQUIRE(listening.await_sql("SELECT count(*) FROM inactive_user", "0"));
  CHECK(shop.place(ada, "third", order_body(mug, 1)).status == 201);
}

TEST_CASE("a buyer who is disabled is asked about again at once", "[events]") {
  Listening listening;
  auto& shop = listening.shop;
  const auto ada = shop.customer();
  const auto mug = new_product();
  shop.neighbours.set_stock(mug, 5);
  REQUIRE(shop.place(ada, "first", order_body(mug, 1)).status == 201);  // seen active

  shop.neighbours.disable(ada.id);
  listening.users.emit("user.disabled", ada.id, 1, user_event(ada.id, "disabled"));
  REQUIRE(listening.await_sql("SELECT count(*) FROM inactive_user", "1"));
  CHECK(shop.place(ada, "second", order_body(mug, 1)).status == 403);
}

TEST_CASE("an admin who was disabled changes nothing by a token that is still good", "[events]") {
  Listening listening;
  auto& shop = listening.shop;
  const auto admin = shop.admin();
  const auto ada = shop.customer();
  const auto mug = new_product();
  shop.neighbours.set_stock(mug, 5);
  const auto placed = shop.place(ada, "sold", order_body(mug, 1));
  REQUIRE(placed.status == 201);
  const auto order = placed.header("Location");
  const auto id = parse(placed).at("id").get<std::string>();
  REQUIRE(await([&] { return shop.neighbours.payment(id).captured == 1250; }));
  const auto endpoint = "/api/v1/webhook-endpoints/" + new_product();
  const auto change = [&](const std::string& path, const std::string& body = {}) {
    const mercato::test::HeaderList key{{"Idempotency-Key", path}};
    return path == endpoint ? shop.send(admin, "DELETE", path) : shop.post(admin, path, body, key);
  };

  listening.users.emit("user.disabled", admin.id, 1, user_event(admin.id, "disabled"));
  REQUIRE(listening.await_sql("SELECT count(*) FROM inactive_user", "1"));
  for (const auto& [path, body] : std::vector<std::pair<std::string, std::string>>{
           {order + "/ship", ""},
           {order + "/deliver", ""},
           {order + "/refunds", R"({"reason":"mine"})"},
           {order + "/cancel", ""},
           {"/api/v1/webhook-endpoints",
            R"({"url":"https://93.184.216.34/","events":["order.confirmed"]})"},
           {endpoint, ""},
           {endpoint + "/deliveries/" + new_product() + "/redeliver", ""},
           {"/api/v1/admin/stuck-orders/" + new_product() + "/resume", ""},
           {"/api/v1/admin/order/dead-letters/" + new_product() + "/redrive", ""}}) {
    INFO(path);
    const auto refused = change(path, body);
    CHECK(refused.status == 403);
    CHECK(parse(refused).at("code") == "user_disabled");
  }
  CHECK(shop.status_of(ada, id) == "confirmed");
  CHECK(shop.neighbours.payment(id).refunded == 0);
  CHECK(shop.sql("SELECT count(*) FROM webhook_endpoint") == "0");
  CHECK(shop.get(admin, "/api/v1/admin/orders").status == 200);

  listening.users.emit("user.enabled", admin.id, 2, user_event(admin.id, "active"));
  REQUIRE(listening.await_sql("SELECT count(*) FROM inactive_user", "0"));
  CHECK(change(order + "/ship").status == 200);  // the refusal was not kept under the key
  listening.users.emit("user.deleted", admin.id, 3, user_event(admin.id, "disabled"));
  REQUIRE(listening.await_sql("SELECT count(*) FROM inactive_user", "1"));
  CHECK(change(order + "/deliver").status == 403);
  CHECK(shop.post(shop.admin(), order + "/deliver").status == 200);
}

TEST_CASE("a buyer who was disabled cancels what they bought", "[events]") {
  Listening listening;
  auto& shop = listening.shop;
  const auto ada = shop.customer();
  const auto mug = new_product();
  shop.neighbours.set_stock(mug, 5);
  const auto placed = shop.place(ada, "first", order_body(mug, 1));
  REQUIRE(placed.status == 201);
  listening.users.emit("user.disabled", ada.id, 1, user_event(ada.id, "disabled"));
  REQUIRE(listening.await_sql("SELECT count(*) FROM inactive_user", "1"));
  const auto answer = shop.post(ada, placed.header("Location") + "/cancel");
  CHECK((answer.status == 200 || answer.status == 202));
}

TEST_CASE("what is personal goes with the account", "[events]") {
  Listening listening;
  auto& shop = listening.shop;
  const auto ada = shop.customer();
  const auto bob = shop.customer();
  const auto mug = new_product();
  shop.neighbours.set_stock(mug, 50);
  for (const auto& caller : {ada, bob}) {
    listening.put(caller, mug);
    REQUIRE(shop.place(caller, "declined", order_body(mug, 1, "pm_card_none")).status == 402);
    REQUIRE(shop.place(caller, "paid", order_body(mug, 1)).status == 201);
  }

  listening.users.emit("user.deleted", ada.id, 1, user_event(ada.id, "disabled"));
  CHECK(listening.await_sql("SELECT string_agg(user_id::text, '') FROM cart_line", bob.id));
  CHECK(shop.sql("SELECT count(*) FROM idempotency_key WHERE subject = '" + ada.id + "'") == "0");
  CHECK(shop.sql("SELECT count(*) FROM idempotency_key WHERE subject = '" + bob.id + "'") == "2");
  const auto blanked =
      "SELECT string_agg(status || ' ' || (shipping_address->>'line1' = ''), ', ' ORDER BY id) "
      "FROM orders WHERE user_id = '";
  // The one that was paid for has still to be shipped somewhere.
  CHECK(listening.await_sql(blanked + ada.id + "'", "rejected true, confirmed false"));
  CHECK(shop.sql(blanked + bob.id + "'") == "rejected false, confirmed false");
  const auto order =
      shop.sql("SELECT id FROM orders WHERE status = 'rejected' AND user_id = '" + ada.id + "'");
  const auto seen = shop.get(shop.admin(), "/api/v1/orders/" + order);
  REQUIRE(seen.status == 200);
  CHECK(parse(seen).at("shipping_address").at("country") == "GB");
  CHECK(seen.body.find("Lovelace") == std::string::npos);
}

TEST_CASE("an account that cannot be forgotten keeps no other from it", "[events]") {
  Listening listening;
  auto& shop = listening.shop;
  const auto ada = shop.customer();
  const auto bob = shop.customer();
  const auto mug = new_product();
  shop.neighbours.set_stock(mug, 50);
  for (const auto& caller : {ada, bob}) {
    REQUIRE(shop.place(caller, "declined", order_body(mug, 1, "pm_card_none")).status == 402);
  }
  (void)shop.sql(
      "CREATE FUNCTION refuse_update() RETURNS trigger LANGUAGE plpgsql AS "
      "'BEGIN RAISE EXCEPTION ''not today''; END'");
  (void)shop.sql("CREATE TRIGGER refuse_update BEFORE UPDATE ON orders FOR EACH ROW"
                 " WHEN (NEW.user_id = '" + ada.id + "') EXECUTE FUNCTION refuse_update()");
  listening.users.emit("user.deleted", ada.id, 1, user_event(ada.id, "disabled"));
  REQUIRE(listening.await_sql("SELECT count(*) FROM inactive_user", "1"));
  listening.users.emit("user.deleted", bob.id, 1, user_event(bob.id, "disabled"));
  CHECK(listening.await_sql("SELECT shipping_address->>'line1' FROM orders WHERE user_id = '" +
                            bob.id + "'", ""));
  CHECK(listening.await_sql("SELECT erase_at > now() FROM inactive_user WHERE user_id = '" +
                            ada.id + "'", "t"));
}

TEST_CASE("an account with many orders is forgotten a part at a time", "[events]") {
  Listening listening;
  auto& shop = listening.shop;
  const auto ada = shop.customer();
  (void)shop.sql(
      "INSERT INTO orders (id, user_id, status, version, event_version, shipping_address,"
      " reject_reason, trace_id, created_at, updated_at)"
      " SELECT gen_random_uuid(), '" + ada.id + "', 'rejected', 2, 2,"
      R"( '{"line1": "1 High Street", "country": "GB"}', 'out_of_stock', '', now(), now())"
      " FROM generate_series(1, 1200)");
  (void)shop.sql(
      "CREATE FUNCTION refuse_many() RETURNS trigger LANGUAGE plpgsql AS "
      "'BEGIN IF (SELECT count(*) > 500 FROM changed) THEN RAISE EXCEPTION ''too many''; END IF;"
      " RETURN NULL; END'");
  (void)shop.sql(
      "CREATE TRIGGER refuse_many AFTER UPDATE ON orders REFERENCING NEW TABLE AS changed"
      " FOR EACH STATEMENT EXECUTE FUNCTION refuse_many()");
  listening.users.emit("user.deleted", ada.id, 1, user_event(ada.id, "disabled"));
  CHECK(listening.await_sql("SELECT count(*) FROM orders WHERE shipping_address->>'line1' = ''",
                            "1200"));
}

TEST_CASE("an address is kept until its time has come", "[events]") {
  RedisServer redis;
  EventStream users(redis.url(), "user");
  Deployment shop({{"REDIS_URL", redis.url()}});
  const auto ada = shop.customer();
  const auto mug = new_product();
  shop.neighbours.set_stock(mug, 50);
  REQUIRE(shop.place(ada, "k", order_body(mug, 1, "pm_card_none")).status == 402);
  users.emit("user.deleted", ada.id, 1, user_event(ada.id, "disabled"));
  const auto due = "SELECT count(*) FROM inactive_user WHERE erase_at > now() + interval '50 min'";
  REQUIRE(await([&] { return shop.sql(due) == "1"; }));
  const auto kept = "SELECT count(*) FROM orders WHERE shipping_address->>'line1' <> ''";
  CHECK(shop.sql(kept) == "1");

  (void)shop.sql("UPDATE order_event SET at = at - interval '31 days'");
  (void)shop.sql("UPDATE inactive_user SET since = since - interval '31 days', erase_at = now()");
  CHECK(await([&] { return shop.sql(kept) == "0"; }));
  const auto done = "SELECT count(*) FROM inactive_user WHERE erase_at IS NULL";
  CHECK(await([&] { return shop.sql(done) == "1"; }));
}

TEST_CASE("carts follow the names and prices of the catalog", "[events]") {
  Listening listening;
  auto& shop = listening.shop;
  const auto ada = shop.customer();
  const auto mug = new_product();
  shop.neighbours.set_stock(mug, 5);
  listening.put(ada, mug);
  shop.neighbours.meddle([](const PeerRequest&) { return Neighbours::Meddling{PeerAnswer{503}}; });
  for (const int price : {1300, 1400}) {
    listening.products.emit("product.updated", mug, price == 1300 ? 2 : 3,
                            product_event(mug, price));
  }
  CHECK(listening.await_sql("SELECT sku || ' ' || name || ' ' || unit_price FROM cart_line",
                            "MUG-2 Bigger mug 1400"));
  const auto cart = parse(shop.get(ada, "/api/v1/cart"));
  CHECK(cart.at("stale") == true);
  CHECK(cart.at("lines").at(0).at("name") == "Bigger mug");
}

TEST_CASE("a product that is in very many carts is written to them a part at a time", "[events]") {
  Listening listening;
  auto& shop = listening.shop;
  const auto mug = new_product();
  (void)shop.sql("INSERT INTO cart_line (user_id, product_id, quantity, sku, name, unit_price,"
                 " currency) SELECT gen_random_uuid(), '" + mug + "', 1, 'MUG', 'Mug', 1250, 'GBP'"
                 " FROM generate_series(1, 12000)");
  (void)shop.sql(
      "CREATE FUNCTION refuse_many() RETURNS trigger LANGUAGE plpgsql AS "
      "'BEGIN IF (SELECT count(*) > 5000 FROM changed) THEN RAISE EXCEPTION ''too many''; END IF;"
      " RETURN NULL; END'");
  (void)shop.sql(
      "CREATE TRIGGER refuse_many AFTER UPDATE ON cart_line REFERENCING NEW TABLE AS changed"
      " FOR EACH STATEMENT EXECUTE FUNCTION refuse_many()");
  listening.products.emit("product.updated", mug, 2, product_event(mug, 1300));
  CHECK(listening.await_sql("SELECT count(*) FROM cart_line WHERE unit_price = 1300", "12000"));
}

TEST_CASE("who writes one of very many carts waits for no other", "[events]") {
  Listening listening;
  auto& shop = listening.shop;
  const auto mug = new_product();
  (void)shop.sql("INSERT INTO cart_line (user_id, product_id, quantity)"
                 " SELECT gen_random_uuid(), '" + mug + "', 1 FROM generate_series(1, 12000)");
  mercato::db::Pool pool({.url = shop.database_url, .application_name = "test", .size = 1});
  const auto written = "SELECT count(*) FROM cart_line WHERE unit_price = 1300";
  pool.transact([&](mercato::db::Transaction& transaction) {
    transaction.execute_script("SELECT FROM cart_line LIMIT 1 FOR UPDATE");
    listening.products.emit("product.updated", mug, 2, product_event(mug, 1300));
    CHECK(listening.await_sql(written, "11999"));
  });
  CHECK(listening.await_sql(written, "12000"));
}

TEST_CASE("a cart that somebody is writing follows its products, and is read without waiting",
          "[events]") {
  Listening listening;
  auto& shop = listening.shop;
  const auto ada = shop.customer();
  const auto mug = new_product();
  const auto plate = new_product();
  for (const auto& product : {mug, plate}) {
    shop.neighbours.set_stock(product, 5);
    listening.put(ada, product);
  }
  const auto remembered = [](const std::string& product) {
    return "SELECT unit_price FROM cart_line WHERE product_id = '" + product + "'";
  };
  (void)shop.sql("UPDATE cart_line SET unit_price = 1");  // not what the catalog says
  mercato::db::Pool pool({.url = shop.database_url, .application_name = "test", .size = 1});
  pool.transact([&](mercato::db::Transaction& transaction) {
    transaction.execute_script("SELECT FROM cart_line WHERE product_id = '" + mug +
                               "' FOR UPDATE");
    const auto cart = shop.get(ada, "/api/v1/cart");
    REQUIRE(cart.status == 200);
    CHECK(parse(cart).at("total").at("amount") == 5000);
    // One statement remembers both. Had it waited, and given up, it would have written neither.
    CHECK(shop.sql(remembered(plate)) == "1250");
    CHECK(shop.sql(remembered(mug)) == "1");
    listening.products.emit("product.updated", mug, 2, product_event(mug, 1300));
    CHECK(listening.await_sql("SELECT count(*) FROM pg_stat_activity"
                              " WHERE datname = current_database() AND wait_event_type = 'Lock'",
                              "1"));
  });
  CHECK(listening.await_sql(remembered(mug), "1300"));
}

TEST_CASE("order events can be fetched by other services alone", "[events]") {
  Deployment shop;
  const auto ada = shop.customer();
  const auto mug = new_product();
  shop.neighbours.set_stock(mug, 5);
  REQUIRE(shop.place(ada, "k", order_body(mug, 1)).status == 201);
  const auto fetch = [&](const std::string& bearer) {
    return shop.service->call(
        {.target = "/internal/v1/events?after=0", .headers = {{"Authorization", bearer}}});
  };
  CHECK(fetch(ada.bearer).status == 401);
  CHECK(fetch(shop.admin().bearer).status == 401);
  const auto peer = shop.keys.peer_bearer("catalog", "order");
  REQUIRE(await([&] { return parse(fetch(peer)).at("newest") == 2; }));
  const auto events = parse(fetch(peer)).at("data");
  REQUIRE(events.size() == 2);
  CHECK(events[0].at("type") == "order.created");
  CHECK(events[1].at("type") == "order.confirmed");
  CHECK(events[1].at("data").at("lines").at(0) == Json{{"quantity", 1}, {"product_id", mug}});
}
