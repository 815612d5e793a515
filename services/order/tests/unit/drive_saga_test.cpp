#include "domain/drive_saga.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <support/catch.hpp>

#include "shop.hpp"

using namespace order;
using order::test::Fault;
using order::test::InMemorySagas;
using order::test::Shop;

namespace {

/// Each answer of payment is one that the store refuses to write down.
void refuse_what_payment_says(Shop& shop) {
  const auto answered = std::make_shared<bool>(false);
  shop.payments.meddle = [answered](const std::function<void()>&) {
    *answered = true;
    return Fault::none;
  };
  shop.tables.meddle = [answered] {
    if (std::exchange(*answered, false)) throw BrokenInvariant("refuse_it");
  };
}

/// Refuses every batch with one order in it.
class Picky : public InMemorySagas {
 public:
  using InMemorySagas::InMemorySagas;
  void captured(const std::vector<CapturedOrder>& orders, mercato::Timestamp at) override {
    const bool refused = std::any_of(orders.begin(), orders.end(), [this](const auto& each) {
      return each.saga.order == refuses;
    });
    if (refused) throw BrokenInvariant("refuse_it");
    InMemorySagas::captured(orders, at);
  }

  OrderId refuses;
};

}  // namespace

TEST_CASE("whatever breaks an invariant is parked for a person", "[drive_saga]") {
  Shop shop;
  const auto mug = shop.product(5, 1250);
  auto kind = SagaKind::undo;
  SECTION("an undo") {
    const auto paid = shop.paid_order({{mug, 1}});
    refuse_what_payment_says(shop);
    CHECK(shop.cancel_order.cancel(shop.owner, paid.id, "", mercato::Deadline::never()).accepted);
  }
  SECTION("a refund") {
    kind = SagaKind::refund;
    const auto paid = shop.paid_order({{mug, 1}});
    refuse_what_payment_says(shop);
    const RequestKey key{shop.admin.user, "refund", "fingerprint"};
    static_cast<void>(shop.refund_order.refund(paid.id, {"Broken", false, {}, {}}, key, "",
                                               mercato::Deadline::never()));
  }
  SECTION("a capture") {
    kind = SagaKind::capture;
    shop.payments.capture_refused = GENERATE(false, true);
    REQUIRE(shop.place(shop.command({{mug, 1}})).status == 201);
    refuse_what_payment_says(shop);
  }
  SECTION("a checkout") {
    kind = SagaKind::checkout;
    refuse_what_payment_says(shop);
    CHECK(shop.place(shop.command({{mug, 1}})).status == 202);
  }
  shop.recover();
  REQUIRE(shop.tables.sagas.size() == 1);
  const auto& saga = shop.tables.sagas.begin()->second;
  CHECK(saga.kind == kind);
  CHECK(saga.parked_reason == "refuse_it");
}

TEST_CASE("captures that are written down together do not suffer for one of them",
          "[drive_saga][capture_payment]") {
  Shop shop;
  Picky store{shop.tables, shop.clock};
  CapturePayment capture{store,           shop.orders, store,           shop.payments,
                         shop.dispatcher, shop.clock,  shop.retry_delay};
  const auto mug = shop.product(5, 1250);
  std::vector<CapturedOrder> captured;
  for (int i = 0; i < 3; ++i) {
    REQUIRE(shop.place(shop.command({{mug, 1}})).status == 201);
    auto saga = std::move(shop.dispatcher.queue.front());
    shop.dispatcher.queue.pop_front();
    if (i == 1) store.refuses = saga.order;
    auto done = capture.capture(std::move(saga), mercato::Deadline::never());
    REQUIRE(done);
    captured.push_back(std::move(*done));
  }
  capture.complete(std::move(captured));
  REQUIRE(shop.tables.sagas.size() == 1);
  CHECK(shop.tables.sagas.begin()->second.order == store.refuses);
  CHECK(shop.tables.sagas.begin()->second.parked_reason == "refuse_it");
}
