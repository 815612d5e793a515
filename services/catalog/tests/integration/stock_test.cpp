#include <support/catch.hpp>

#include <atomic>
#include <future>
#include <set>
#include <vector>

#include <support/await.hpp>

#include "deployment.hpp"

using namespace catalog::test;
using mercato::test::await;

namespace {

std::string refund(const std::string& id, const std::string& product, std::int64_t quantity) {
  return R"({"refund_id":")" + id + R"(","lines":)" + lines(product, quantity) + "}";
}

}  // namespace

TEST_CASE("stock is held, sold, taken back by refund and by release", "[stock][integration]") {
  auto& shop = deployment();
  const auto mug = shop.product("SOLD", 10);
  const auto order = new_order();

  const auto held = shop.reserve(order, mug, 4);
  REQUIRE(held.status == 201);
  const auto line = parse(held).at("lines").at(0);
  CHECK(line.at("sku") == "SOLD");
  CHECK(line.at("unit_price") == Json{{"amount", 1250}, {"currency", "GBP"}});
  CHECK(shop.reserve(order, mug, 4).body == held.body);
  CHECK(shop.reserve(order, mug, 5).status == 422);
  CHECK(shop.stock(mug).at("available") == 6);
  CHECK(shop.reservation("/" + order + "/restock", refund("r0", mug, 1)).status == 409);

  for (int i = 0; i < 2; ++i) CHECK(shop.reservation("/" + order + "/commit").status == 200);
  CHECK(shop.stock(mug).at("on_hand") == 6);
  CHECK(shop.stock(mug).at("reserved") == 0);
  CHECK(shop.reserve(order, mug, 4).body == held.body);

  for (int i = 0; i < 2; ++i) {
    CHECK(shop.reservation("/" + order + "/restock", refund("r1", mug, 1)).status == 200);
  }
  CHECK(shop.stock(mug).at("on_hand") == 7);
  CHECK(shop.reservation("/" + order + "/restock", refund("r2", mug, 4)).status == 409);
  CHECK(shop.broken_stock() == "0");

  for (int i = 0; i < 2; ++i) CHECK(shop.reservation("/" + order + "/release").status == 200);
  CHECK(shop.stock(mug).at("on_hand") == 10);
  CHECK(shop.reservation("/" + order + "/restock", refund("r3", mug, 1)).status == 200);
  CHECK(shop.stock(mug).at("on_hand") == 10);
  CHECK(code_of(shop.reservation("/" + order + "/commit")) == "illegal_transition");
  CHECK(shop.sql("SELECT count(*) FROM stock_movement WHERE order_id = '" + order + "'") == "3");
  CHECK(shop.broken_stock() == "0");
}

TEST_CASE("what comes back finds its place on a shelf that was filled up meanwhile",
          "[stock][integration]") {
  auto& shop = deployment();
  const auto mug = shop.product("FULL", 1'000'000'000);
  const auto order = new_order();
  REQUIRE(shop.reserve(order, mug, 5).status == 201);
  REQUIRE(shop.reservation("/" + order + "/commit").status == 200);
  const auto adjust = [&](int delta) {
    return shop
        .admin("POST", "/api/v1/products/" + mug + "/stock-adjustments",
               Json{{"delta", delta}, {"reason", "found"}}.dump(),
               {{"Idempotency-Key", new_order()}})
        .status;
  };
  REQUIRE(adjust(5) == 201);
  CHECK(shop.reservation("/" + order + "/restock", refund("r1", mug, 2)).status == 200);
  CHECK(shop.reservation("/" + order + "/release").status == 200);
  CHECK(shop.stock(mug).at("on_hand") == 1'000'000'005);
  CHECK(adjust(1) == 422);
  CHECK(adjust(-1) == 201);  // though there are still too many
  CHECK(adjust(-6) == 201);
  CHECK(shop.broken_stock() == "0");
}

TEST_CASE("stock has an ETag", "[stock][integration]") {
  auto& shop = deployment();
  const auto path = "/api/v1/products/" + shop.product("TAGGED", 3) + "/stock";
  const auto etag = shop.admin("GET", path).header("ETag");
  CHECK(shop.admin("GET", path, "", {{"If-None-Match", etag}}).status == 304);
}

TEST_CASE("a reserve that its release overtook holds nothing", "[stock][integration]") {
  auto& shop = deployment();
  const auto mug = shop.product("LATE", 1);
  const auto order = new_order();
  CHECK(shop.reservation("/" + order + "/release").status == 200);
  const auto late = shop.reserve(order, mug, 1);
  CHECK(late.status == 409);
  CHECK(code_of(late) == "illegal_transition");
  CHECK(shop.reservation("/" + order + "/commit").status == 409);
  CHECK(shop.reservation("/" + new_order() + "/commit").status == 409);
  CHECK(shop.stock(mug).at("available") == 1);
}

TEST_CASE("all lines are reserved or none, and each fault is told", "[stock][integration]") {
  auto& shop = deployment();
  const auto mug = shop.product("ENOUGH", 5);
  const auto bowl = shop.product("FEW", 1);
  const auto gone = shop.product("GONE", 5);
  REQUIRE(shop.admin("DELETE", "/api/v1/products/" + gone, "", {{"If-Match", "*"}}).status == 204);
  const auto order = new_order();
  const auto both = [&](const std::string& other, const std::string& quantity) {
    return shop.reservation("", R"({"order_id":")" + order + R"(","lines":[{"product_id":")" + mug +
                                    R"(","quantity":2},{"product_id":")" + other +
                                    R"(","quantity":)" + quantity + "}]}");
  };
  const auto few = both(bowl, "2");
  CHECK(few.status == 409);
  CHECK(code_of(few) == "out_of_stock");
  REQUIRE(parse(few).at("lines").size() == 1);
  CHECK(parse(few).at("lines").at(0).at("sku") == "FEW");
  CHECK(parse(few).at("lines").at(0).at("available") == 1);
  const auto archived = both(gone, "1");
  CHECK(code_of(archived) == "not_orderable");
  CHECK(parse(archived).at("lines").at(0).at("reason") == "product_archived");
  CHECK(parse(both(new_order(), "1")).at("lines").at(0).at("reason") == "product_not_found");
  CHECK(shop.stock(mug).at("available") == 5);
  CHECK(both(bowl, "1").status == 201);
  CHECK(shop.stock(bowl).at("available") == 0);
}

TEST_CASE("of twenty that want one of two units at once, two get one", "[stock][integration]") {
  auto& shop = deployment();
  const auto mug = shop.product("TWO", 2);
  std::vector<std::future<HttpAnswer>> running;
  for (int i = 0; i < 20; ++i) {
    running.push_back(
        std::async(std::launch::async, [&] { return shop.reserve(new_order(), mug, 1); }));
  }
  int held = 0;
  for (auto& each : running) {
    const auto answer = each.get();
    INFO(answer.body);
    CHECK((answer.status == 201 || (answer.status == 409 && code_of(answer) == "out_of_stock")));
    if (answer.status == 201) ++held;
  }
  CHECK(held == 2);
  CHECK(shop.stock(mug).at("reserved") == 2);
  CHECK(shop.broken_stock() == "0");
}

TEST_CASE("a flash sale sells every unit once, and what else is in the cart with it",
          "[stock][integration]") {
  auto& shop = deployment();
  const auto hot = shop.product("HOT", 100);
  const auto plenty = shop.product("PLENTY", 100'000);
  std::atomic<int> sold{0};
  std::atomic<int> refused{0};
  std::atomic<int> failed{0};
  std::vector<std::future<void>> buyers;
  for (int buyer = 0; buyer < 32; ++buyer) {
    buyers.push_back(std::async(std::launch::async, [&, buyer] {
      for (int i = 0; i < 10; ++i) {
        const auto order = new_order();
        // Some want more than one, and the lines stand in either order.
        const auto one =
            R"({"product_id":")" + hot + R"(","quantity":)" + std::to_string(1 + buyer % 3) + "}";
        const auto other = R"({"product_id":")" + plenty + R"(","quantity":1})";
        const auto answer =
            shop.reservation("", R"({"order_id":")" + order + R"(","lines":[)" +
                                     (i % 2 ? one + "," + other : other + "," + one) + "]}");
        // Checked below: Catch's own checks are for one thread.
        if (answer.status == 201 && shop.reservation("/" + order + "/commit").status == 200) {
          sold += 1 + buyer % 3;
        } else if (answer.status == 409 && code_of(answer) == "out_of_stock") {
          ++refused;
        } else {
          ++failed;
        }
      }
    }));
  }
  for (auto& buyer : buyers) buyer.get();
  CHECK(failed == 0);
  CHECK(sold == 100);
  CHECK(refused > 0);
  CHECK(shop.stock(hot).at("on_hand") == 0);
  CHECK(shop.stock(hot).at("reserved") == 0);
  CHECK(shop.broken_stock() == "0");
}

TEST_CASE("the same order sent many times at once is held once", "[stock][integration]") {
  auto& shop = deployment();
  const auto mug = shop.product("SAME", 10);
  const auto order = new_order();
  std::vector<std::future<HttpAnswer>> running;
  for (int i = 0; i < 12; ++i) {
    running.push_back(std::async(std::launch::async, [&] { return shop.reserve(order, mug, 2); }));
  }
  std::set<std::string> bodies;
  for (auto& each : running) {
    const auto answer = each.get();
    CHECK(answer.status == 201);
    bodies.insert(answer.body);
  }
  CHECK(bodies.size() == 1);
  CHECK(shop.stock(mug).at("reserved") == 2);
  CHECK(shop.reserve(order, shop.product("OTHER", 1), 1).status == 422);
}

TEST_CASE("an order that is sent again while it gets the last units is told what it holds",
          "[stock][integration]") {
  auto& shop = deployment();
  const auto mug = shop.product("AGAIN", 5);
  const auto order = new_order();
  // As the first call does it, in a process whose answer is lost.
  const auto first =
      "WITH made AS (INSERT INTO reservation (order_id, status, expires_at) VALUES ('" + order +
      "', 'held', now() + interval '15 minutes')), kept AS (INSERT INTO reservation_line (order_id,"
      " product_id, position, quantity, sku, name, unit_price, currency) VALUES ('" + order +
      "', '" + mug + "', 1, 5, 'AGAIN', 'Product AGAIN', 1250, 'GBP'))"
      " UPDATE stock SET reserved = reserved + 5 WHERE product_id = '" + mug + "'";
  std::future<HttpAnswer> again;
  shop.holding(first, [&] {
    again = std::async(std::launch::async, [&] { return shop.reserve(order, mug, 5); });
    CHECK(await([&] { return shop.blocked() == 1; }));
  });
  const auto answer = again.get();
  INFO(answer.body);
  CHECK(answer.status == 201);
  CHECK(shop.reserve(order, mug, 5).body == answer.body);
  CHECK(shop.stock(mug).at("reserved") == 5);
  CHECK(shop.broken_stock() == "0");
}

TEST_CASE("an adjustment counts once however often it is sent", "[stock][integration]") {
  auto& shop = deployment();
  const auto mug = shop.product("ADJUSTED", 5);
  const auto path = "/api/v1/products/" + mug + "/stock-adjustments";
  const auto adjust = [&](const std::string& body, const std::string& key) {
    return shop.admin("POST", path, body, {{"Idempotency-Key", key}});
  };
  const auto found = R"({"delta":3,"reason":"found"})";
  CHECK(shop.admin("POST", path, found).status == 400);
  const auto first = adjust(found, "a");
  REQUIRE(first.status == 201);
  CHECK(parse(first).at("on_hand") == 8);
  const auto again = adjust(found, "a");
  CHECK(again.status == 201);
  CHECK(again.body == first.body);
  CHECK(again.header("Idempotent-Replayed") == "true");
  CHECK(adjust(R"({"delta":4,"reason":"found"})", "a").status == 422);

  std::vector<std::future<HttpAnswer>> running;
  for (int i = 0; i < 10; ++i) {
    running.push_back(std::async(std::launch::async, [&] { return adjust(found, "b"); }));
  }
  for (auto& each : running) {
    const auto status = each.get().status;
    CHECK((status == 201 || status == 409));
  }
  CHECK(shop.stock(mug).at("on_hand") == 11);

  REQUIRE(shop.reserve(new_order(), mug, 6).status == 201);
  const auto too_much = adjust(R"({"delta":-6,"reason":"broken"})", "c");
  CHECK(too_much.status == 409);
  CHECK(code_of(too_much) == "insufficient_stock");
  CHECK(adjust(R"({"delta":0,"reason":"none"})", "d").status == 422);
  CHECK(adjust(R"({"delta":-5,"reason":"broken"})", "e").status == 201);
  CHECK(shop.stock(mug).at("available") == 0);
  CHECK(shop.broken_stock() == "0");
}

TEST_CASE("the database itself counts a movement once", "[stock][integration]") {
  auto& shop = deployment();
  const auto mug = shop.product("ONCE", 10);
  const auto order = new_order();
  REQUIRE(shop.reserve(order, mug, 4).status == 201);
  REQUIRE(shop.reservation("/" + order + "/commit").status == 200);
  CHECK_THROWS(shop.sql(
      "INSERT INTO stock_movement (product_id, kind, delta, order_id, ref)"
      " SELECT product_id, kind, delta, order_id, ref FROM stock_movement WHERE order_id = '" +
      order + "'"));
}

TEST_CASE("a hold runs out by itself, and cannot be sold afterwards", "[stock][integration]") {
  const std::map<std::string, std::string> brief{{"RESERVATION_TTL_S", "1"}};
  const Deployment shop(brief);
  const auto mug = shop.product("BRIEF", 1);
  const auto order = new_order();
  REQUIRE(shop.reserve(order, mug, 1).status == 201);
  CHECK(await([&] { return shop.stock(mug).at("available") == 1; }));
  CHECK(code_of(shop.reservation("/" + order + "/commit")) == "reservation_expired");
  CHECK(shop.reservation("/" + order + "/release").status == 200);
  CHECK(shop.stock(mug).at("available") == 1);
  CHECK(shop.broken_stock() == "0");
}

TEST_CASE("holds that cannot be freed keep no other from running out", "[stock][integration]") {
  const std::map<std::string, std::string> brief{{"RESERVATION_TTL_S", "1"}};
  const Deployment shop(brief);
  const auto broken = shop.product("BROKEN", 1);
  const auto mug = shop.product("SOUND", 2);
  // More than are freed at once, all older than what follows; nothing is reserved for them.
  shop.sql(R"(
    WITH made AS (
      INSERT INTO reservation (order_id, status, expires_at)
      SELECT gen_random_uuid(), 'held', now() - interval '1 minute' FROM generate_series(1, 101)
      RETURNING order_id)
    INSERT INTO reservation_line (order_id, product_id, position, quantity, sku, name, unit_price,
                                  currency)
    SELECT order_id, ')" + broken + R"(', 1, 1, 'BROKEN', 'Broken', 1250, 'GBP' FROM made)");
  REQUIRE(shop.reserve(new_order(), mug, 1).status == 201);
  REQUIRE(shop.reserve(new_order(), mug, 1).status == 201);
  CHECK(await([&] { return shop.stock(mug).at("available") == 2; }));
  CHECK(shop.stock(broken).at("reserved") == 0);
}

TEST_CASE("many offers are told at once, to other services", "[offers][integration]") {
  auto& shop = deployment();
  const auto mug = shop.product("OFFER-1", 7);
  const auto gone = shop.product("OFFER-2", 7);
  REQUIRE(shop.admin("DELETE", "/api/v1/products/" + gone, "", {{"If-Match", "*"}}).status == 204);
  const auto ask = [&](const std::string& ids, const std::string& bearer) {
    return shop.service->call({.method = "POST",
                               .target = "/internal/v1/offers",
                               .headers = {{"Authorization", bearer}},
                               .body = R"({"product_ids":[)" + ids + "]}"});
  };
  const auto bearer = shop.keys.peer_bearer("order", "catalog");
  const auto both = "\"" + mug + "\",\"" + gone + "\"";
  const auto answer = ask(both + ",\"" + new_order() + "\"", bearer);
  REQUIRE(answer.status == 200);
  const auto offers = parse(answer).at("offers");
  REQUIRE(offers.size() == 2);
  CHECK(offers.at(0).at("sku") == "OFFER-1");
  CHECK(offers.at(0).at("available") == 7);
  CHECK(offers.at(0).at("price") == Json{{"amount", 1250}, {"currency", "GBP"}});
  CHECK(offers.at(1).at("status") == "archived");
  CHECK(ask("", bearer).status == 422);
  CHECK(ask("\"x\"", bearer).status == 422);
  CHECK(ask(both, shop.admin_bearer).status == 401);
}
