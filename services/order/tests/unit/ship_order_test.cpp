#include <support/catch.hpp>

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
  CHECK_FALSE(shop.ship_order.ship(id, {}, "", mercato::Deadline::never()).accepted);

  shop.payments.fault_at_capture = Fault::none;
  const Tracking tracking{"DHL", "123"};
  CHECK(shop.ship_order.ship(id, tracking, "", mercato::Deadline::never()).accepted);
  CHECK(shop.ship_order.ship(id, {}, "", mercato::Deadline::never()).accepted);
  CHECK(shop.get(id).tracking->carrier == "DHL");
  CHECK(shop.deliver_order.deliver(id, "").accepted);
  CHECK(shop.deliver_order.deliver(id, "").accepted);
  CHECK_FALSE(shop.ship_order.ship(id, {}, "", mercato::Deadline::never()).accepted);
}
