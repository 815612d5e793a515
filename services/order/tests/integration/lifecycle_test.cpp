#include <support/catch.hpp>

#include <algorithm>
#include <chrono>
#include <future>
#include <set>
#include <vector>

#include <mercato/clock/clock.hpp>
#include <support/await.hpp>

#include "deployment.hpp"

using namespace order::test;
using mercato::test::await;

namespace {

struct Sold {
  Deployment::Caller buyer;
  std::string product;
  std::string id;
  std::string path;
};

/// An order of two, paid for.
Sold sold_order(Deployment& shop, std::int64_t quantity = 2) {
  Sold sold{shop.customer(), new_product(), {}, {}};
  shop.neighbours.set_stock(sold.product, 10);
  const auto answer = shop.place(sold.buyer, "sold", order_body(sold.product, quantity));
  REQUIRE(answer.status == 201);
  sold.id = parse(answer).at("id").get<std::string>();
  sold.path = "/api/v1/orders/" + sold.id;
  REQUIRE(await([&] {
    return parse(shop.get(sold.buyer, sold.path)).at("payment").at("status") == "captured";
  }));
  return sold;
}

mercato::test::HeaderList key(const std::string& value) {
  return {{"Idempotency-Key", value}};
}

}  // namespace

TEST_CASE("a buyer cancels: stock and money go back", "[cancel_order][integration]") {
  auto& shop = deployment();
  const auto sold = sold_order(shop);
  const auto answer = shop.post(sold.buyer, sold.path + "/cancel");
  CHECK(answer.status == 200);
  CHECK(parse(answer).at("status") == "cancelled");
  CHECK(parse(answer).at("payment").at("status") == "refunded");
  CHECK(parse(answer).at("refunded").at("amount") == 2500);
  CHECK(shop.neighbours.stock(sold.product) == 10);
  const auto again = shop.post(sold.buyer, sold.path + "/cancel");
  CHECK(again.status == 200);
  CHECK(again.body == answer.body);
  CHECK(
      shop.sql("SELECT string_agg(type, ' ' ORDER BY version) FROM outbox WHERE aggregate_id = '" +
               sold.id + "'") == "order.created order.confirmed order.cancelled");
}

TEST_CASE("a cancel that cannot be finished is accepted and done later",
          "[cancel_order][integration]") {
  auto& shop = deployment();
  const auto sold = sold_order(shop);
  shop.neighbours.meddle([](const PeerRequest& request) -> std::optional<Neighbours::Meddling> {
    if (request.target.find("/void") == std::string::npos) return std::nullopt;
    return Neighbours::Meddling{{202, R"({"status":"pending"})"}, false};
  });
  const auto answer = shop.post(sold.buyer, sold.path + "/cancel");
  CHECK(answer.status == 202);
  CHECK(parse(answer).at("status") == "cancelling");
  CHECK(shop.neighbours.stock(sold.product) == 10);
  shop.neighbours.leave_alone();
  CHECK(await([&] { return shop.status_of(sold.buyer, sold.id) == "cancelled"; }));
}

TEST_CASE("a pending order can be cancelled, which ends the wait of whoever placed it",
          "[cancel_order][integration]") {
  auto& shop = deployment();
  const auto ada = shop.customer();
  const auto mug = new_product();
  shop.neighbours.set_stock(mug, 5);
  shop.neighbours.meddle([](const PeerRequest& request) -> std::optional<Neighbours::Meddling> {
    if (request.target != "/internal/v1/payments") return std::nullopt;
    return Neighbours::Meddling{{202, R"({"status":"unknown"})"}, false};
  });
  auto placing = std::async(std::launch::async,
                            [&] { return shop.place(ada, "slow", order_body(mug, 1), "wait=9"); });
  std::string id;
  REQUIRE(await([&] {
    const auto data = parse(shop.get(ada, "/api/v1/orders?status=pending")).at("data");
    if (data.size() == 1) id = data.at(0).at("id").get<std::string>();
    return !id.empty();
  }));
  CHECK(shop.post(ada, "/api/v1/orders/" + id + "/cancel").status == 200);
  CHECK(placing.get().status == 202);
  shop.neighbours.leave_alone();
  CHECK(shop.status_of(ada, id) == "cancelled");
  CHECK(shop.neighbours.stock(mug) == 5);
}

TEST_CASE("an order is shipped and delivered, in that order", "[ship_order][integration]") {
  auto& shop = deployment();
  const auto sold = sold_order(shop);
  const auto admin = shop.admin();
  CHECK(shop.post(admin, sold.path + "/deliver").status == 409);
  CHECK(shop.post(admin, sold.path + "/ship", R"({"carrier":5})").status == 422);
  const auto shipped =
      shop.post(admin, sold.path + "/ship", R"({"carrier":"DHL","tracking_number":"00340"})");
  REQUIRE(shipped.status == 200);
  CHECK(parse(shipped).at("tracking").at("carrier") == "DHL");
  CHECK(shop.post(admin, sold.path + "/ship").body == shipped.body);
  const auto cancel = shop.post(sold.buyer, sold.path + "/cancel");
  CHECK(cancel.status == 409);
  CHECK(parse(cancel).at("order_status") == "shipped");
  CHECK(parse(shop.post(admin, sold.path + "/deliver")).at("status") == "delivered");
}

TEST_CASE("the timeline tells that a capture was refused, before the cancel that it led to",
          "[capture_payment][integration]") {
  Deployment shop;
  const auto ada = shop.customer();
  const auto mug = new_product();
  shop.neighbours.set_stock(mug, 5);
  shop.neighbours.meddle([](const PeerRequest& request) -> std::optional<Neighbours::Meddling> {
    if (!request.target.ends_with("/capture")) return std::nullopt;
    PeerAnswer refusal{409, R"({"code":"capture_failed"})"};
    refusal.headers = {{"Content-Type", "application/problem+json"}};
    return Neighbours::Meddling{refusal, false};
  });
  const auto placed = shop.place(ada, "refused", order_body(mug, 1));
  REQUIRE(placed.status == 201);
  const auto id = parse(placed).at("id").get<std::string>();
  CHECK(await([&] { return shop.status_of(ada, id) == "cancelled"; }, std::chrono::seconds(20)));
  const auto timeline = parse(shop.get(ada, "/api/v1/orders/" + id + "/timeline")).at("data");
  const auto at = [&](const std::string& step) {
    return std::find_if(timeline.begin(), timeline.end(),
                        [&](const Json& entry) { return entry.at("step") == step; });
  };
  REQUIRE(at("capture_payment") != timeline.end());
  CHECK(at("capture_payment")->at("outcome") == "failed");
  CHECK(at("capture_payment")->at("detail") == "capture_failed");
  CHECK(at("capture_payment") < at("cancel_order"));
}

TEST_CASE("while payment is silent nothing is shipped, and the next try may be",
          "[ship_order][integration]") {
  auto& shop = deployment();
  const auto mug = new_product();
  shop.neighbours.set_stock(mug, 5);
  shop.neighbours.meddle([](const PeerRequest& request) -> std::optional<Neighbours::Meddling> {
    if (!request.target.ends_with("/capture")) return std::nullopt;
    return Neighbours::Meddling{{202, R"({"status":"unknown"})"}, false};
  });
  const auto placed = shop.place(shop.customer(), "k", order_body(mug, 1));
  REQUIRE(placed.status == 201);
  const auto admin = shop.admin();
  const auto ship = placed.header("Location") + "/ship";
  const auto refused = shop.post(admin, ship, "", key("s"));
  CHECK(refused.status == 503);
  CHECK_FALSE(refused.header("Retry-After").empty());
  shop.neighbours.leave_alone();
  CHECK(shop.post(admin, ship, "", key("s")).status == 200);
}

TEST_CASE("refunds: by line, by amount, the rest, and never too much",
          "[refund_order][integration]") {
  auto& shop = deployment();
  const auto sold = sold_order(shop, 3);
  const auto admin = shop.admin();
  const auto refunds = sold.path + "/refunds";
  const auto one_line = R"({"reason":"broken","restock":true,"lines":[{"product_id":")" +
                        sold.product + R"(","quantity":1}]})";

  CHECK(shop.post(admin, refunds, one_line).status == 400);  // without a key
  const auto first = shop.post(admin, refunds, one_line, key("a"));
  REQUIRE(first.status == 201);
  CHECK(parse(first).at("status") == "succeeded");
  CHECK(parse(first).at("amount").at("amount") == 1250);
  CHECK(shop.neighbours.stock(sold.product) == 8);
  const auto replay = shop.post(admin, refunds, one_line, key("a"));
  CHECK(replay.body == first.body);
  CHECK(replay.header("Idempotent-Replayed") == "true");

  CHECK(shop.post(admin, refunds, R"({"reason":"r","amount":{"amount":2501,"currency":"GBP"}})",
                  key("b"))
            .status == 409);
  CHECK(shop.post(admin, refunds, R"({"reason":"r","amount":{"amount":100,"currency":"EUR"}})",
                  key("c"))
            .status == 422);
  const auto rest = shop.post(admin, refunds, R"({"reason":"all"})", key("d"));
  CHECK(parse(rest).at("amount").at("amount") == 2500);
  const auto none = shop.post(admin, refunds, R"({"reason":"more"})", key("e"));
  CHECK(none.status == 409);
  CHECK(parse(none).at("code") == "over_refund");

  const auto order = parse(shop.get(sold.buyer, sold.path));
  CHECK(order.at("refunded").at("amount") == 3750);
  CHECK(order.at("payment").at("status") == "refunded");
  CHECK(order.at("status") == "confirmed");
  const auto list = parse(shop.get(sold.buyer, refunds + "?limit=1"));
  CHECK(list.at("data").size() == 1);
  const auto next = list.at("next_cursor").get<std::string>();
  CHECK(
      parse(shop.get(sold.buyer, refunds + "?limit=1&cursor=" + next)).at("next_cursor").is_null());
}

TEST_CASE("concurrent refunds never exceed what was paid", "[refund_order][integration]") {
  auto& shop = deployment();
  const auto sold = sold_order(shop, 2);
  const auto admin = shop.admin();
  std::vector<std::future<HttpAnswer>> running;
  for (int i = 0; i < 20; ++i) {
    running.push_back(std::async(std::launch::async, [&, i] {
      return shop.post(admin, sold.path + "/refunds",
                       R"({"reason":"r","amount":{"amount":700,"currency":"GBP"}})",
                       key("r" + std::to_string(i)));
    }));
  }
  int made = 0;
  for (auto& each : running) {
    const auto answer = each.get();
    CHECK((answer.status == 201 || answer.status == 409));
    if (answer.status == 201) ++made;
  }
  CHECK(made == 3);
  CHECK(shop.neighbours.payment(sold.id).refunded == 2100);
}

TEST_CASE("a list is walked page by page, newest first", "[list_orders][integration]") {
  auto& shop = deployment();
  const auto ada = shop.customer();
  const auto mug = new_product();
  shop.neighbours.set_stock(mug, 100);
  std::vector<std::string> placed;
  for (int i = 0; i < 5; ++i) {
    const auto answer = shop.place(ada, "list-" + std::to_string(i), order_body(mug, 1));
    placed.insert(placed.begin(), parse(answer).at("id").get<std::string>());
  }
  std::vector<std::string> seen;
  std::string cursor;
  do {
    const auto page = parse(shop.get(ada, "/api/v1/orders?limit=2" + cursor));
    for (const auto& order : page.at("data")) seen.push_back(order.at("id"));
    cursor = page.at("next_cursor").is_null()
                 ? ""
                 : "&cursor=" + page.at("next_cursor").get<std::string>();
  } while (!cursor.empty());
  CHECK(seen == placed);

  const auto first = parse(shop.get(ada, "/api/v1/orders?limit=2"));
  const auto next = first.at("next_cursor").get<std::string>();
  CHECK(parse(shop.get(ada, "/api/v1/orders?status=pending&cursor=" + next)).at("code") ==
        "invalid_cursor");
  const auto admin = shop.admin();
  const auto all = "/api/v1/admin/orders?user_id=" + ada.id;
  CHECK(parse(shop.get(admin, all)).at("data").size() == 5);
  CHECK(parse(shop.get(admin, all + "&status=rejected")).at("data").empty());
  CHECK(parse(shop.get(admin, all + "&created_from=2100-01-01T00:00:00Z")).at("data").empty());
  CHECK(parse(shop.get(admin, "/api/v1/admin/orders?status=confirmed&limit=1")).at("data").size() ==
        1);
  CHECK(shop.get(admin, "/api/v1/admin/orders?created_to=yesterday").status == 400);

  // As if the clock had been set back by an hour before the last order.
  static_cast<void>(shop.sql("UPDATE orders SET created_at = created_at - interval '1 hour'"
                             " WHERE id = '" + placed.front() + "'"));
  const auto then = mercato::system_clock().now() - std::chrono::minutes(30);
  const auto early = parse(shop.get(admin, all + "&created_to=" + mercato::to_rfc3339(then)));
  REQUIRE(early.at("data").size() == 1);
  CHECK(early.at("data").at(0).at("id") == placed.front());
}

TEST_CASE("a cancel under a key reads the same for ever", "[cancel_order][integration]") {
  auto& shop = deployment();
  const auto sold = sold_order(shop);
  const auto first = shop.post(sold.buyer, sold.path + "/cancel", "", key("c"));
  const auto second = shop.post(sold.buyer, sold.path + "/cancel", "", key("c"));
  CHECK(first.status == 200);
  CHECK(first.header("ETag") == shop.get(sold.buyer, sold.path).header("ETag"));
  CHECK(second.body == first.body);
  CHECK(second.header("ETag") == first.header("ETag"));
  CHECK(second.header("Idempotent-Replayed") == "true");
}

TEST_CASE("a key that another process lost is answered once no request can be at it any more",
          "[keyed_answer][integration]") {
  auto& shop = deployment();
  const auto sold = sold_order(shop);
  // As a database leaves them that was frozen: whoever owns them lives, and knows nothing of them.
  const auto lose = [&](const Deployment::Caller& caller, const std::string& age) {
    static_cast<void>(shop.sql(
        "WITH another AS (INSERT INTO instance (id, seen_at)"
        " VALUES (gen_random_uuid(), now() + interval '1 hour') RETURNING id)"
        "UPDATE idempotency_key SET status = NULL, owner = another.id,"
        " created_at = now() - interval '" + age + "', answer_by = CASE WHEN answer_by IS NOT NULL"
        " THEN now() - interval '" + age + "' END"
        " FROM another WHERE subject = '" + caller.id + "' AND key = 'lost'"));
  };
  struct Case {
    Deployment::Caller caller;
    std::string path;
    std::string body;
    int status;
  };
  for (const auto& [caller, path, body, status] :
       {Case{shop.admin(), sold.path + "/ship", "", 200},
        Case{shop.admin(), sold.path + "/refunds", R"({"reason":"broken"})", 201},
        Case{sold.buyer, "/api/v1/orders", order_body(sold.product, 1), 202}}) {
    INFO(path);
    mercato::test::HeaderList headers = key("lost");
    headers.emplace_back("Prefer", "wait=0");
    const auto first = shop.post(caller, path, body, headers);
    REQUIRE(first.status == status);
    lose(caller, "15 s");
    CHECK(shop.post(caller, path, body, headers).status == 409);
    lose(caller, "21 s");
    const auto again = shop.post(caller, path, body, headers);
    CHECK(again.status == status);
    CHECK(parse(again).at("id") == parse(first).at("id"));
    CHECK(shop.post(caller, path, body, headers).body == again.body);
  }
  CHECK(shop.neighbours.payment(sold.id).refund_ids.size() == 1);
}

namespace {

/// Rejected orders of that buyer, each with so many lines of the longest names.
void add_orders(Deployment& shop, const std::string& buyer, int orders, int lines) {
  (void)shop.sql("INSERT INTO orders (id, user_id, status, version, event_version, currency, total,"
                 " reject_reason, trace_id, created_at, updated_at)"
                 " SELECT gen_random_uuid(), '" + buyer + "', 'rejected', 2, 2, 'GBP', 1000,"
                 " 'out_of_stock', '', now(), now() FROM generate_series(1, " +
                 std::to_string(orders) + ")");
  (void)shop.sql("INSERT INTO order_line (order_id, product_id, position, quantity, sku, name,"
                 " unit_price)"
                 " SELECT o.id, gen_random_uuid(), n, 1, repeat('s', 64), repeat('n', 200), 1"
                 " FROM orders o, generate_series(1, " + std::to_string(lines) + ") AS n"
                 " WHERE user_id = '" + buyer + "'"
                 " AND NOT EXISTS (SELECT FROM order_line WHERE order_id = o.id)");
}

}  // namespace

TEST_CASE("a page of orders is not longer than a service can take", "[export][integration]") {
  auto& shop = deployment();
  const auto ada = shop.customer();
  add_orders(shop, ada.id, 24, 1000);
  struct List {
    std::string path;
    std::string bearer;
  };
  const auto [path, bearer] = GENERATE_REF(
      List{"/api/v1/orders?", ada.bearer},
      List{"/api/v1/admin/orders?user_id=" + ada.id + "&", shop.admin().bearer},
      List{"/internal/v1/users/" + ada.id + "/orders?", shop.keys.peer_bearer("user", "order")});
  INFO(path);
  std::set<std::string> orders;
  std::size_t seen = 0;
  std::string cursor;
  do {
    const auto page = shop.service->call(
        {.target = path + "limit=100" + cursor, .headers = {{"Authorization", bearer}}});
    REQUIRE(page.status == 200);
    CHECK(page.body.size() < std::size_t{2} * 1024 * 1024);
    const auto body = parse(page);
    REQUIRE_FALSE(body.at("data").empty());
    for (const auto& order : body.at("data")) {
      CHECK(order.at("lines").size() == 1000);
      orders.insert(order.at("id"));
    }
    seen += body.at("data").size();
    const auto& next = body.at("next_cursor");
    cursor = next.is_null() ? "" : "&cursor=" + next.get<std::string>();
  } while (!cursor.empty() && seen <= 24);
  CHECK(seen == 24);
  CHECK(orders.size() == 24);
}

TEST_CASE("three of the largest orders fit on a page", "[integration]") {
  auto& shop = deployment();
  const auto ada = shop.customer();
  add_orders(shop, ada.id, 3, 1000);
  const auto page = shop.service->call({.target = "/api/v1/orders",
                                        .headers = {{"Authorization", ada.bearer}}});
  REQUIRE(page.status == 200);
  const auto body = parse(page);
  CHECK(body.at("data").size() == 3);
  CHECK(body.at("next_cursor").is_null());
}

TEST_CASE("a page of usual orders has as many as were asked for", "[integration]") {
  auto& shop = deployment();
  const auto ada = shop.customer();
  add_orders(shop, ada.id, 101, 20);
  const auto page = shop.service->call({.target = "/api/v1/orders?limit=100",
                                        .headers = {{"Authorization", ada.bearer}}});
  REQUIRE(page.status == 200);
  const auto body = parse(page);
  CHECK(body.at("data").size() == 100);
  CHECK(body.at("data").back().at("lines").size() == 20);
  CHECK_FALSE(body.at("next_cursor").is_null());
}
