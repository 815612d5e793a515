#include <support/catch.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>

#include <support/await.hpp>

#include "deployment.hpp"
#include "storage/pg_saga_store.hpp"

using namespace order::test;
using namespace std::chrono_literals;
using mercato::test::await;
using order::SagaKind;
using order::SagaLane;

TEST_CASE("captures are claimed apart from everything else", "[saga_recovery][integration]") {
  Deployment shop;
  const auto mug = new_product();
  shop.neighbours.set_stock(mug, 9);
  std::atomic<bool> authorizes{true};
  shop.neighbours.meddle([&](const PeerRequest& request) -> std::optional<Neighbours::Meddling> {
    const bool unsaid = request.target.ends_with("/capture") ||
                        (!authorizes && request.target.ends_with("/payments"));
    if (!unsaid) return std::nullopt;
    return Neighbours::Meddling{{202, R"({"status":"unknown"})"}, false};
  });
  for (const std::string key : {"a", "b", "c"}) {
    REQUIRE(shop.place(shop.customer(), key, order_body(mug, 1)).status == 201);
  }
  authorizes = false;
  REQUIRE(shop.place(shop.customer(), "d", order_body(mug, 1), "wait=0").status == 202);
  REQUIRE(shop.service->terminate() == 0);  // gives its leases back
  static_cast<void>(shop.sql("UPDATE saga SET next_run_at = now()"));
  REQUIRE(shop.sql("SELECT string_agg(kind, ' ' ORDER BY kind) FROM saga") ==
          "capture capture capture checkout");

  mercato::db::Pool pool({.url = shop.database_url, .application_name = "test", .size = 1});
  order::storage::PgSagaStore sagas(pool, mercato::Uuid::v7());
  sagas.renew_instance();
  const auto captures = sagas.claim_due(SagaLane::captures, {}, 2);
  CHECK(captures.size() == 2);
  CHECK(std::all_of(captures.begin(), captures.end(),
                    [](const auto& saga) { return saga.kind == SagaKind::capture; }));
  const auto others = sagas.claim_due(SagaLane::others, {}, 2);
  REQUIRE(others.size() == 1);
  CHECK(others.front().kind == SagaKind::checkout);
  CHECK(sagas.claim_due(SagaLane::captures, {}, 2).size() == 1);
}

TEST_CASE("a refund that is owed is claimed before checkouts, however long they are due",
          "[saga_recovery][integration]") {
  Deployment shop;
  const auto ada = shop.customer();
  const auto mug = new_product();
  shop.neighbours.set_stock(mug, 9);
  const auto sold = shop.place(ada, "sold", order_body(mug, 1));
  REQUIRE(sold.status == 201);
  REQUIRE(await([&] { return shop.sql("SELECT count(*) FROM saga") == "0"; }));
  shop.neighbours.meddle([](const PeerRequest& request) -> std::optional<Neighbours::Meddling> {
    if (request.target.find("/payments") == std::string::npos) return std::nullopt;
    return Neighbours::Meddling{{202, R"({"status":"unknown"})"}, false};
  });
  for (const std::string key : {"a", "b"}) {
    REQUIRE(shop.place(ada, key, order_body(mug, 1), "wait=0").status == 202);
  }
  REQUIRE(shop.post(shop.admin(),
                    "/api/v1/orders/" + parse(sold).at("id").get<std::string>() + "/refunds",
                    R"({"reason":"Broken"})", {{"Idempotency-Key", "r"}})
              .status == 201);
  REQUIRE(shop.service->terminate() == 0);
  static_cast<void>(shop.sql("UPDATE saga SET next_run_at = now() - CASE kind"
                             " WHEN 'checkout' THEN interval '1 hour' ELSE interval '0' END"));

  mercato::db::Pool pool({.url = shop.database_url, .application_name = "test", .size = 1});
  order::storage::PgSagaStore sagas(pool, mercato::Uuid::v7());
  sagas.renew_instance();
  const auto first = sagas.claim_due(SagaLane::others, {}, 1);
  REQUIRE(first.size() == 1);
  CHECK(first.front().kind == SagaKind::refund);
}

TEST_CASE("an undo ends that found money for an order without a total",
          "[saga_recovery][integration]") {
  Deployment shop;
  const auto mug = new_product();
  shop.neighbours.set_stock(mug, 0);
  // As if the order had been sold, cancelled and refunded before its database was set back.
  shop.neighbours.meddle([](const PeerRequest& request) -> std::optional<Neighbours::Meddling> {
    if (!request.target.ends_with("/void")) return std::nullopt;
    return Neighbours::Meddling{{200, R"({"status":"refunded"})"}, false};
  });
  REQUIRE(shop.place(shop.customer(), "k", order_body(mug, 1)).status == 409);
  CHECK(await([&] { return shop.sql("SELECT count(*) FROM saga") == "0"; }));
  CHECK(shop.sql("SELECT status || ' ' || refunded FROM orders") == "rejected 0");
}

TEST_CASE("what a constraint refuses is parked, not tried for ever",
          "[saga_recovery][integration]") {
  Deployment shop;
  const auto ada = shop.customer();
  const auto mug = new_product();
  shop.neighbours.set_stock(mug, 5);
  const auto placed = shop.place(ada, "k", order_body(mug, 1));
  REQUIRE(placed.status == 201);
  REQUIRE(await([&] { return shop.sql("SELECT count(*) FROM saga") == "0"; }));
  static_cast<void>(shop.sql(
      "ALTER TABLE orders ADD CONSTRAINT never_cancelled CHECK (status <> 'cancelled') NOT VALID"));
  const auto id = parse(placed).at("id").get<std::string>();
  CHECK(shop.post(ada, "/api/v1/orders/" + id + "/cancel").status == 202);
  CHECK(await([&] {
    return shop.sql("SELECT count(*) FROM saga WHERE kind = 'undo'"
                    " AND parked_reason LIKE '%never_cancelled%'") == "1";
  }, 20s));
}
