#include <support/catch.hpp>

#include <functional>
#include <utility>

#include <mercato/error/error.hpp>

#include "shop.hpp"

using namespace order;
using order::test::Fault;
using order::test::Shop;

TEST_CASE("only paid goods are shipped, and only shipped goods delivered", "[ship_order]") {
  Shop shop;
  const auto command = shop.command({{shop.product(5, 1250), 2}});
  shop.payments.fault_at_capture = Fault::not_reached;
  REQUIRE(shop.place(command).status == 201);
  const auto id = shop.order_of(command).id;
  CHECK_FALSE(shop.deliver_order.deliver(id, "").accepted);
  CHECK_THROWS_AS(shop.ship_order.ship(id, {}, "", mercato::Deadline::never()), mercato::Error);
  CHECK(shop.get(id).status == OrderStatus::confirmed);

  shop.payments.fault_at_capture = Fault::none;
  const Tracking tracking{"DHL", "123"};
  CHECK(shop.ship_order.ship(id, tracking, "", mercato::Deadline::never()).accepted);
  CHECK(shop.ship_order.ship(id, {}, "", mercato::Deadline::never()).accepted);
  CHECK(shop.get(id).tracking->carrier == "DHL");
  CHECK(shop.deliver_order.deliver(id, "").accepted);
  CHECK(shop.deliver_order.deliver(id, "").accepted);
  CHECK_FALSE(shop.ship_order.ship(id, {}, "", mercato::Deadline::never()).accepted);
}

TEST_CASE("an order whose payment is refused for good is not shipped", "[ship_order]") {
  Shop shop;
  const auto command = shop.command({{shop.product(5, 1250), 2}});
  shop.payments.capture_refused = true;
  REQUIRE(shop.place(command).status == 201);
  const auto id = shop.order_of(command).id;
  CHECK_FALSE(shop.ship_order.ship(id, {}, "", mercato::Deadline::never()).accepted);
}

TEST_CASE("an order that is cancelled while payment is silent says so", "[ship_order]") {
  Shop shop;
  const auto command = shop.command({{shop.product(5, 1250), 2}});
  REQUIRE(shop.place(command).status == 201);
  const auto id = shop.order_of(command).id;
  bool met = false;
  shop.payments.meddle = [&](const std::function<void()>&) {
    if (std::exchange(met, true)) return Fault::none;
    CHECK(shop.cancel_order.cancel(shop.owner, id, "", mercato::Deadline::never()).accepted);
    return Fault::answer_lost;
  };
  const auto result = shop.ship_order.ship(id, {}, "", mercato::Deadline::never());
  CHECK_FALSE(result.accepted);
  CHECK(result.order.status == OrderStatus::cancelled);
}
