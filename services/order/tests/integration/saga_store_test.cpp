#include <support/catch.hpp>

#include <algorithm>
#include <atomic>

#include "deployment.hpp"
#include "storage/pg_saga_store.hpp"

using namespace order::test;
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
