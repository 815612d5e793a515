#include "storage/pg_checkout_store.hpp"

#include <chrono>
#include <optional>
#include <utility>

#include <support/catch.hpp>

#include "deployment.hpp"
#include "storage/pg_answer_store.hpp"
#include "storage/pg_saga_store.hpp"
#include "wrong_clock.hpp"

using namespace order::test;
using namespace std::chrono_literals;

TEST_CASE("how long payment is silent is told by the database, whatever a service's clock says",
          "[checkout_store][integration]") {
  const WrongClock clock(GENERATE(1, -1));
  Deployment shop;
  const auto mug = new_product();
  shop.neighbours.set_stock(mug, 5);
  shop.neighbours.meddle([](const PeerRequest& request) -> std::optional<Neighbours::Meddling> {
    if (!request.target.ends_with("/payments")) return std::nullopt;
    return Neighbours::Meddling{{202, R"({"status":"unknown"})"}, false};
  });
  REQUIRE(shop.place(shop.customer(), "k", order_body(mug, 1), "wait=0").status == 202);
  REQUIRE(shop.service->terminate() == 0);
  static_cast<void>(shop.sql("UPDATE saga SET payment_asked_at = NULL, next_run_at = now()"));

  mercato::db::Pool pool({.url = shop.database_url, .application_name = "test", .size = 1});
  const auto instance = mercato::Uuid::v7();
  const order::storage::Sealer sealer{"0123456789abcdef0123456789abcdef"};
  order::storage::PgAnswerStore answers(pool, instance, sealer);
  order::storage::PgSagaStore sagas(pool, instance);
  order::storage::PgCheckoutStore checkouts(pool, answers, instance, clock);
  sagas.renew_instance();
  const auto load = [&] {
    auto due = sagas.claim_due(order::SagaLane::others, {}, 1);
    REQUIRE(due.size() == 1);
    auto checkout = checkouts.load(std::move(due.front()));
    REQUIRE(checkout);
    return std::move(*checkout);
  };

  auto checkout = load();
  CHECK_FALSE(checkout.payment_silent_for);
  checkout.payment_silent_for = 0s;  // asked in vain
  checkouts.postpone(checkout, 0ms);
  CHECK(load().payment_silent_for.value() < 1min);

  static_cast<void>(shop.sql("UPDATE saga SET lease = NULL, next_run_at = now(),"
                             " payment_asked_at = payment_asked_at - interval '14 minutes'"));
  checkout = load();
  CHECK(checkout.payment_silent_for.value() >= 14min);
  CHECK(checkout.payment_silent_for.value() < 15min);
}
