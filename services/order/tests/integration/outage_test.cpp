#include <support/catch.hpp>

#include <chrono>
#include <future>
#include <string>

#include <support/await.hpp>
#include <support/postgres_server.hpp>

#include "deployment.hpp"
#include "gate.hpp"

using namespace order::test;
using namespace std::chrono_literals;
using mercato::test::await;
using mercato::test::PostgresServer;

namespace {

/// What was promised is a wait and one second; the rest is for a busy machine.
constexpr auto kSlack = 2s;

struct Timed {
  HttpAnswer answer;
  std::chrono::steady_clock::duration took{};
};

template <class F>
Timed timed(F&& call) {
  const auto begun = std::chrono::steady_clock::now();
  auto answer = call();
  return {std::move(answer), std::chrono::steady_clock::now() - begun};
}

}  // namespace

TEST_CASE("a neighbour that is frozen costs the wait, not the order", "[outage][integration]") {
  const std::string frozen = GENERATE(as<std::string>(), "/internal/v1/users",
                                      "/internal/v1/reservations", "/internal/v1/payments");
  INFO(frozen);
  Deployment shop;
  const auto ada = shop.customer();
  const auto mug = new_product();
  shop.neighbours.set_stock(mug, 5);
  Gate gate;
  shop.neighbours.meddle(gate.closed(frozen));
  const auto placed = timed([&] { return shop.place(ada, "k", order_body(mug, 1), "wait=1"); });
  REQUIRE(placed.answer.status == 202);
  CHECK(placed.took < 1s + kSlack);
  CHECK(shop.place(ada, "k", order_body(mug, 1)).body == placed.answer.body);
  const auto id = parse(placed.answer).at("id").get<std::string>();
  gate.open();
  shop.neighbours.leave_alone();
  CHECK(await([&] { return shop.status_of(ada, id) == "confirmed"; }, 20s));
  CHECK(await([&] { return shop.neighbours.payment(id).captured == 1250; }));
  CHECK(shop.neighbours.stock(mug) == 4);
}

TEST_CASE("an order that payment has not answered for is rejected when the patience is over",
          "[outage][integration]") {
  Deployment shop;
  const auto ada = shop.customer();
  const auto mug = new_product();
  shop.neighbours.set_stock(mug, 5);
  shop.neighbours.meddle([](const PeerRequest& request) -> std::optional<Neighbours::Meddling> {
    if (!request.target.ends_with("/payments")) return std::nullopt;
    return Neighbours::Meddling{{202, R"({"status":"unknown"})"}, false};
  });
  const auto placed = shop.place(ada, "k", order_body(mug, 1), "wait=0");
  REQUIRE(placed.status == 202);
  const auto asked = [&] { return shop.sql("SELECT payment_asked_at <= now() FROM saga"); };
  REQUIRE(await([&] { return asked() == "t"; }));
  static_cast<void>(shop.sql("UPDATE saga SET payment_asked_at = now() - interval '14 minutes'"));
  const auto attempts = [&] { return std::stoi(shop.sql("SELECT max(attempt) FROM saga")); };
  const auto before = attempts();
  CHECK(await([&] { return attempts() > before + 1; }));
  CHECK(shop.sql("SELECT payment_asked_at < now() - interval '13 minutes' FROM saga") == "t");
  static_cast<void>(shop.sql("UPDATE saga SET payment_asked_at = now() - interval '15 minutes'"));
  const auto id = parse(placed).at("id").get<std::string>();
  CHECK(await([&] { return shop.status_of(ada, id) == "rejected"; }, 20s));
  CHECK(shop.sql("SELECT reject_reason FROM orders") == "payment_unavailable");
}

TEST_CASE("what a frozen payment service does not do in time is owed", "[outage][integration]") {
  Deployment shop;
  const auto ada = shop.customer();
  const auto admin = shop.admin();
  const auto mug = new_product();
  shop.neighbours.set_stock(mug, 5);
  const auto sell = [&](const std::string& key) {
    const auto id = parse(shop.place(ada, key, order_body(mug, 1))).at("id").get<std::string>();
    REQUIRE(await([&] { return shop.neighbours.payment(id).captured == 1250; }));
    return "/api/v1/orders/" + id;
  };
  const auto cancelled = sell("a");
  const auto refunded = sell("b");
  Gate gate;
  shop.neighbours.meddle(gate.closed("/internal/v1/payments"));
  auto refunding = std::async(std::launch::async, [&] {
    return timed([&] {
      return shop.post(admin, refunded + "/refunds", R"({"reason":"Broken"})",
                       {{"Idempotency-Key", "r"}});
    });
  });
  const auto cancel = timed([&] { return shop.post(ada, cancelled + "/cancel"); });
  const auto refund = refunding.get();
  CHECK(cancel.answer.status == 202);
  CHECK(cancel.took < 5s + kSlack);
  CHECK(refund.answer.status == 201);
  CHECK(parse(refund.answer).at("status") == "pending");
  CHECK(refund.took < 5s + kSlack);
  gate.open();
  shop.neighbours.leave_alone();
  CHECK(await([&] { return parse(shop.get(ada, cancelled)).at("status") == "cancelled"; }, 20s));
  CHECK(await([&] { return parse(shop.get(ada, refunded)).at("refunded").is_object(); }, 20s));
  CHECK(shop.neighbours.stock(mug) == 4);
}

TEST_CASE("a database that is frozen is no reason to hang", "[outage][integration]") {
  PostgresServer server;
  const auto url = server.create_database();
  Deployment shop({{"DATABASE_URL", url}});
  shop.database_url = url;
  const auto ada = shop.customer();
  const auto mug = new_product();
  shop.neighbours.set_stock(mug, 5);
  const auto before = shop.place(ada, "before", order_body(mug, 1));
  REQUIRE(before.status == 201);
  // Its capture would be the first at the gate.
  REQUIRE(await([&] { return shop.sql("SELECT count(*) FROM saga") == "0"; }));

  Gate gate;
  shop.neighbours.meddle(gate.closed("/internal/v1/payments"));
  auto under_way = std::async(std::launch::async, [&] {
    return timed([&] { return shop.place(ada, "under-way", order_body(mug, 1), "wait=2"); });
  });
  REQUIRE(gate.await_reached());
  server.freeze();
  gate.open();
  const auto new_order =
      timed([&] { return shop.place(ada, "new", order_body(mug, 1), "wait=0"); });
  CHECK(new_order.answer.status == 503);
  CHECK_FALSE(new_order.answer.header("Retry-After").empty());
  CHECK(new_order.took < kSlack);
  const auto read = timed([&] { return shop.get(ada, "/api/v1/orders"); });
  CHECK(read.answer.status == 503);
  CHECK(read.took < kSlack);
  // Whether the admin is still one cannot be asked.
  const auto change = timed([&] {
    return shop.post(shop.admin(), before.header("Location") + "/ship");
  });
  CHECK(change.answer.status == 503);
  CHECK(change.took < kSlack);
  const auto promised = under_way.get();
  REQUIRE(promised.answer.status == 202);
  CHECK(promised.took < 2s + kSlack);

  shop.neighbours.leave_alone();
  server.thaw();
  const auto id = parse(promised.answer).at("id").get<std::string>();
  // The very first answer that there is: it is no use to anybody if only a later one is the same.
  HttpAnswer again;
  REQUIRE(await([&] {
    again = shop.place(ada, "under-way", order_body(mug, 1));
    return again.status != 503 && again.status != 409;
  }));
  CHECK(again.status == 202);
  CHECK(again.body == promised.answer.body);
  CHECK(await([&] { return shop.status_of(ada, id) == "confirmed"; }, 20s));
  const auto second = shop.place(ada, "new", order_body(mug, 1));
  CHECK((second.status == 201 || second.status == 202));
}
