#include <support/catch.hpp>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <utility>

#include <mercato/error/error.hpp>

#include "shop.hpp"

using namespace order;
using order::test::Fault;
using order::test::Shop;

TEST_CASE("a confirmed order is cancelled: stock back, money refunded", "[cancel_order]") {
  Shop shop;
  const auto mug = shop.product(5, 1250);
  const auto paid = shop.paid_order({{mug, 2}});

  const auto result = shop.cancel_order.cancel(shop.owner, paid.id, "", mercato::Deadline::never());

  CHECK(result.accepted);
  CHECK(result.order.status == OrderStatus::cancelled);
  CHECK(result.order.payment->status == PaymentStatus::refunded);
  CHECK(result.order.refunded_minor == 2500);
  CHECK(shop.stock.items.at(mug).on_hand == 5);
  CHECK(shop.tables.sagas.empty());
}

TEST_CASE("cancelling again changes nothing and says the same", "[cancel_order]") {
  Shop shop;
  const auto paid = shop.paid_order({{shop.product(5, 1250), 2}});
  const auto first = shop.cancel_order.cancel(shop.owner, paid.id, "", mercato::Deadline::never());
  const auto again = shop.cancel_order.cancel(shop.owner, paid.id, "", mercato::Deadline::never());
  CHECK(again.accepted);
  CHECK(again.order.version == first.order.version);
}

TEST_CASE("a cancel that overtakes the capture stops it", "[cancel_order]") {
  Shop shop;
  const auto command = shop.command({{shop.product(5, 1250), 2}});
  REQUIRE(shop.place(command).status == 201);
  const auto id = shop.order_of(command).id;

  const auto result = shop.cancel_order.cancel(shop.owner, id, "", mercato::Deadline::never());
  CHECK(result.order.payment->status == PaymentStatus::voided);
  shop.recover();
  CHECK(shop.payments.accounts.at(id).captured == 0);
  CHECK(shop.get(id).status == OrderStatus::cancelled);
}

TEST_CASE("a pending order is cancelled, and its checkout cannot cross the pivot any more",
          "[cancel_order]") {
  Shop shop;
  const auto mug = shop.product(5, 1250);
  const auto command = shop.command({{mug, 2}});
  shop.stock.before_commit = [&] {
    shop.stock.before_commit = nullptr;
    static_cast<void>(shop.cancel_order.cancel(shop.owner, shop.order_of(command).id, "",
                                               mercato::Deadline::never()));
  };

  CHECK(shop.place(command).status == 202);
  shop.recover();

  const auto order = shop.order_of(command);
  CHECK(order.status == OrderStatus::cancelled);
  CHECK(shop.stock.items.at(mug).on_hand == 5);
  CHECK(shop.stock.items.at(mug).reserved == 0);
  CHECK(shop.payments.accounts.at(order.id).voided);
  CHECK(shop.clients.looked_again.count(order.id) == 1);
}

TEST_CASE("stock goes back although the payment cannot be voided yet", "[cancel_order]") {
  Shop shop;
  const auto mug = shop.product(5, 1250);
  const auto paid = shop.paid_order({{mug, 2}});
  shop.payments.fault_at_void = Fault::answer_lost;

  const auto result = shop.cancel_order.cancel(shop.owner, paid.id, "", mercato::Deadline::never());
  CHECK(result.order.status == OrderStatus::cancelling);
  CHECK(shop.stock.items.at(mug).on_hand == 5);

  shop.payments.fault_at_void = Fault::none;
  const auto calls = shop.stock.calls;
  shop.recover();
  CHECK(shop.get(paid.id).status == OrderStatus::cancelled);
  CHECK(shop.stock.calls == calls);  // what is given back is not given back again
}

TEST_CASE("money goes back although the catalog cannot be reached", "[cancel_order]") {
  Shop shop;
  const auto mug = shop.product(5, 1250);
  const auto paid = shop.paid_order({{mug, 2}});
  shop.stock.fault_at_release = Fault::not_reached;
  const auto result = shop.cancel_order.cancel(shop.owner, paid.id, "", mercato::Deadline::never());
  CHECK(result.order.status == OrderStatus::cancelling);
  CHECK(shop.payments.accounts.at(paid.id).refunded == 2500);
}

TEST_CASE("a shipped order cannot be cancelled", "[cancel_order]") {
  Shop shop;
  const auto paid = shop.paid_order({{shop.product(5, 1250), 2}});
  REQUIRE(shop.ship_order.ship(paid.id, {}, "", mercato::Deadline::never()).accepted);
  const auto result = shop.cancel_order.cancel(shop.owner, paid.id, "", mercato::Deadline::never());
  CHECK_FALSE(result.accepted);
  CHECK(result.order.status == OrderStatus::shipped);
}

TEST_CASE("another buyer's order looks like none", "[cancel_order]") {
  Shop shop;
  const auto paid = shop.paid_order({{shop.product(5, 1250), 2}});
  const Viewer stranger{UserId::make(), false};
  CHECK_THROWS_AS(shop.cancel_order.cancel(stranger, paid.id, "", mercato::Deadline::never()),
                  mercato::Error);
  CHECK(shop.cancel_order.cancel(shop.admin, paid.id, "", mercato::Deadline::never()).accepted);
}

TEST_CASE("a capture that is refused for good cancels the order", "[capture_payment]") {
  Shop shop;
  const auto mug = shop.product(5, 1250);
  const auto command = shop.command({{mug, 2}});
  shop.payments.capture_refused = true;
  REQUIRE(shop.place(command).status == 201);
  shop.recover();

  const auto order = shop.order_of(command);
  CHECK(order.status == OrderStatus::cancelled);
  CHECK(order.reject_reason == Reason::capture_failed);
  CHECK(shop.stock.items.at(mug).on_hand == 5);
  const auto timeline = shop.orders.timeline(order.id);
  const auto refused = std::find_if(timeline.begin(), timeline.end(), [](const auto& entry) {
    return entry.step == "capture_payment";
  });
  REQUIRE(refused != timeline.end());
  CHECK(refused->outcome == "failed");
  CHECK(refused->detail == "capture_failed");
}

TEST_CASE("what is being undone is not taken up a second time by the same process",
          "[cancel_order][capture_payment]") {
  Shop shop;
  const auto command = shop.command({{shop.product(5, 1250), 2}});
  REQUIRE(shop.place(command).status == 201);
  const auto id = shop.order_of(command).id;
  SECTION("by a cancel") {
    shop.recover();
    REQUIRE(shop.running.ids().empty());
    std::size_t taken_up = 0;
    shop.payments.meddle = [&](const std::function<void()>&) {
      taken_up = shop.sagas.claim_due(SagaLane::others, shop.running.ids(), 1).size();
      return Fault::none;
    };
    CHECK(shop.cancel_order.cancel(shop.owner, id, "", mercato::Deadline::never()).accepted);
    CHECK(taken_up == 0);
  }
  SECTION("because its capture was refused") {
    shop.payments.capture_refused = true;
    auto capture = std::move(shop.dispatcher.queue.front());
    shop.dispatcher.queue.pop_front();
    shop.drive.run(std::move(capture), mercato::Deadline::never());
    REQUIRE(shop.dispatcher.queue.size() == 1);
    CHECK(shop.sagas.claim_due(SagaLane::others, shop.running.ids(), 1).empty());
  }
  CHECK(shop.running.ids().size() == shop.dispatcher.queue.size());
}

TEST_CASE("a capture is asked for until it is certain", "[capture_payment]") {
  Shop shop;
  const auto command = shop.command({{shop.product(5, 1250), 2}});
  shop.payments.fault_at_capture = Fault::answer_lost;
  REQUIRE(shop.place(command).status == 201);
  shop.recover();
  CHECK(shop.order_of(command).payment->status == PaymentStatus::authorized);
  CHECK(shop.tables.sagas.size() == 1);

  shop.payments.fault_at_capture = Fault::none;
  shop.recover();
  CHECK(shop.order_of(command).payment->status == PaymentStatus::captured);
  CHECK(shop.tables.sagas.empty());
}
