#include <support/catch.hpp>

#include <mercato/error/error.hpp>

#include "shop.hpp"

using namespace order;
using order::test::Fault;
using order::test::Shop;

namespace {

int keys = 0;

RefundOrder::Result refund(Shop& shop, OrderId order, const RefundRequest& request) {
  const RequestKey key{shop.admin.user, "refund-" + std::to_string(++keys), "fingerprint"};
  return shop.refund_order.refund(order, request, key, "", mercato::Deadline::never());
}

RefundRequest of_lines(std::vector<RequestedLine> lines, bool restock = false) {
  return {"damaged", restock, std::move(lines), std::nullopt};
}
RefundRequest of_amount(std::int64_t amount_minor, const char* currency = "GBP") {
  return {"goodwill", false, {}, Money{amount_minor, currency}};
}

}  // namespace

TEST_CASE("a line is refunded at the price it was bought for, and put back", "[refund_order]") {
  Shop shop;
  const auto mug = shop.product(5, 1250);
  const auto paid = shop.paid_order({{mug, 2}});

  const auto result = refund(shop, paid.id, of_lines({{mug, 1}}, true));

  const auto& made = std::get<Refund>(result);
  CHECK(made.status == RefundStatus::succeeded);
  CHECK(made.amount == Money{1250, "GBP"});
  CHECK(shop.stock.items.at(mug).on_hand == 4);
  CHECK(shop.get(paid.id).refunded_minor == 1250);
  CHECK(shop.get(paid.id).payment->status == PaymentStatus::partially_refunded);
  CHECK(shop.get(paid.id).status == OrderStatus::confirmed);
  CHECK(shop.tables.sagas.empty());
}

TEST_CASE("neither lines nor amount means the rest", "[refund_order]") {
  Shop shop;
  const auto mug = shop.product(5, 1250);
  const auto paid = shop.paid_order({{mug, 2}});
  REQUIRE(std::holds_alternative<Refund>(refund(shop, paid.id, of_lines({{mug, 1}}))));

  const auto rest = refund(shop, paid.id, {"all of it", true, {}, std::nullopt});

  CHECK(std::get<Refund>(rest).amount == Money{1250, "GBP"});
  CHECK(std::get<Refund>(rest).lines == std::vector<RequestedLine>{{mug, 1}});
  CHECK(shop.get(paid.id).payment->status == PaymentStatus::refunded);
  CHECK(std::holds_alternative<OverRefund>(refund(shop, paid.id, {"more", false, {}, {}})));
}

TEST_CASE("no refund goes beyond what is left", "[refund_order]") {
  Shop shop;
  const auto mug = shop.product(5, 1250);
  const auto paid = shop.paid_order({{mug, 2}});
  CHECK(std::holds_alternative<OverRefund>(refund(shop, paid.id, of_amount(2501))));
  CHECK(std::holds_alternative<OverRefund>(refund(shop, paid.id, of_lines({{mug, 3}}))));
  CHECK(std::holds_alternative<OverRefund>(
      refund(shop, paid.id, of_lines({{ProductId::make(), 1}}))));

  REQUIRE(std::holds_alternative<Refund>(refund(shop, paid.id, of_amount(2000))));
  CHECK(std::holds_alternative<OverRefund>(refund(shop, paid.id, of_lines({{mug, 1}}))));
  CHECK(std::holds_alternative<Refund>(refund(shop, paid.id, of_amount(500))));
}

TEST_CASE("an amount in another currency is a mistake", "[refund_order]") {
  Shop shop;
  const auto paid = shop.paid_order({{shop.product(5, 1250), 2}});
  CHECK_THROWS_AS(refund(shop, paid.id, of_amount(100, "EUR")), mercato::Error);
}

TEST_CASE("a refund counts from the moment it is asked for", "[refund_order]") {
  Shop shop;
  const auto mug = shop.product(5, 1250);
  const auto paid = shop.paid_order({{mug, 2}});
  shop.payments.fault_at_refund = Fault::answer_lost;

  const auto pending = refund(shop, paid.id, of_lines({{mug, 2}}));
  CHECK(std::get<Refund>(pending).status == RefundStatus::pending);
  CHECK(std::holds_alternative<OverRefund>(refund(shop, paid.id, of_amount(1))));

  shop.payments.fault_at_refund = Fault::none;
  shop.recover();
  CHECK(shop.get(paid.id).refunded_minor == 2500);
  CHECK(shop.payments.accounts.at(paid.id).refunded == 2500);
}

TEST_CASE("what is being refunded in full is not shipped", "[refund_order][ship_order]") {
  Shop shop;
  const auto paid = shop.paid_order({{shop.product(5, 1250), 2}});
  shop.payments.fault_at_refund = Fault::not_reached;
  REQUIRE(std::get<Refund>(refund(shop, paid.id, of_amount(2499))).status ==
          RefundStatus::pending);
  const auto ship = [&] {
    return shop.ship_order.ship(paid.id, {}, "", mercato::Deadline::never()).accepted;
  };
  const auto rest = std::get<Refund>(refund(shop, paid.id, of_amount(1)));
  CHECK_FALSE(ship());
  // The provider refuses the one, so that something is left to be sent.
  shop.payments.accounts.at(paid.id).refunded = 1;
  shop.payments.fault_at_refund = Fault::none;
  shop.recover();
  REQUIRE(shop.tables.refunds.at(rest.id).status != RefundStatus::pending);
  CHECK(shop.get(paid.id).refunded_minor < 2500);
  CHECK(ship());
}

TEST_CASE("a refund that payment refuses for good is given back", "[refund_order]") {
  Shop shop;
  const auto mug = shop.product(5, 1250);
  const auto paid = shop.paid_order({{mug, 2}});
  shop.payments.accounts.at(paid.id).refunded = 2500;  // by other means
  CHECK(std::holds_alternative<OverRefund>(refund(shop, paid.id, of_lines({{mug, 2}}))));
  CHECK(shop.get(paid.id).refund_pending_minor == 0);
  CHECK(shop.get(paid.id).lines.front().refunded_quantity == 0);
  CHECK(shop.tables.sagas.empty());
}

TEST_CASE("asked for before the capture, a refund takes the money first", "[refund_order]") {
  Shop shop;
  const auto mug = shop.product(5, 1250);
  const auto command = shop.command({{mug, 2}});
  REQUIRE(shop.place(command).status == 201);
  const auto id = shop.order_of(command).id;
  CHECK(std::get<Refund>(refund(shop, id, of_amount(2500))).status == RefundStatus::succeeded);
  shop.recover();
  CHECK(shop.payments.accounts.at(id).captured == 2500);
  CHECK(shop.get(id).payment->status == PaymentStatus::refunded);
}

TEST_CASE("nothing can be refunded of an order that was never sold", "[refund_order]") {
  Shop shop;
  const auto command = shop.command({{shop.product(0, 1250), 2}});
  REQUIRE(shop.place(command).status == 409);
  const auto result = refund(shop, shop.order_of(command).id, of_amount(1));
  CHECK(std::get<NothingCaptured>(result).status == OrderStatus::rejected);
}

TEST_CASE("goods that cannot be put back yet are put back later", "[refund_order]") {
  Shop shop;
  const auto mug = shop.product(5, 1250);
  const auto paid = shop.paid_order({{mug, 2}});
  shop.stock.fault_at_restock = Fault::answer_lost;
  const auto result = refund(shop, paid.id, of_lines({{mug, 2}}, true));
  CHECK(std::get<Refund>(result).status == RefundStatus::succeeded);
  shop.stock.fault_at_restock = Fault::none;
  shop.recover();
  CHECK(shop.stock.items.at(mug).on_hand == 5);
  CHECK(shop.tables.sagas.empty());
}

TEST_CASE("goods that a cancel has brought back are not put back twice", "[refund_order]") {
  Shop shop;
  const auto mug = shop.product(5, 1250);
  const auto paid = shop.paid_order({{mug, 2}});
  shop.stock.fault_at_restock = Fault::not_reached;
  static_cast<void>(refund(shop, paid.id, of_lines({{mug, 2}}, true)));
  REQUIRE(shop.cancel_order.cancel(shop.owner, paid.id, "", mercato::Deadline::never()).accepted);
  shop.stock.fault_at_restock = Fault::none;
  shop.recover();
  CHECK(shop.stock.items.at(mug).on_hand == 5);
  CHECK(shop.tables.sagas.empty());
}

TEST_CASE("a refund that a cancel overtook counts as paid back by the cancel", "[refund_order]") {
  Shop shop;
  const auto mug = shop.product(5, 1250);
  const auto paid = shop.paid_order({{mug, 2}});
  shop.payments.fault_at_refund = Fault::not_reached;
  const auto pending = std::get<Refund>(refund(shop, paid.id, of_amount(1000)));
  REQUIRE(shop.cancel_order.cancel(shop.owner, paid.id, "", mercato::Deadline::never()).accepted);
  CHECK(shop.get(paid.id).refunded_minor == 1500);
  shop.payments.fault_at_refund = Fault::none;
  shop.recover();
  CHECK(shop.tables.refunds.at(pending.id).status == RefundStatus::failed);
  CHECK(shop.payments.accounts.at(paid.id).refunded == 2500);
  CHECK(shop.get(paid.id).refunded_minor == 2500);
  CHECK(shop.get(paid.id).refund_pending_minor == 0);
}

TEST_CASE("a cancel that overtook one refund is not forgotten when another has come through",
          "[refund_order]") {
  Shop shop;
  const auto mug = shop.product(5, 1250);
  const auto paid = shop.paid_order({{mug, 2}});
  shop.payments.fault_at_refund = Fault::answer_lost;
  const auto made = std::get<Refund>(refund(shop, paid.id, of_amount(600)));
  shop.payments.fault_at_refund = Fault::not_reached;
  const auto late = std::get<Refund>(refund(shop, paid.id, of_amount(1900)));
  REQUIRE(shop.cancel_order.cancel(shop.owner, paid.id, "", mercato::Deadline::never()).accepted);
  shop.payments.fault_at_refund = Fault::none;
  shop.recover();
  CHECK(shop.tables.refunds.at(made.id).status == RefundStatus::succeeded);
  CHECK(shop.tables.refunds.at(late.id).status == RefundStatus::failed);
  CHECK(shop.get(paid.id).refunded_minor == 2500);
  CHECK(shop.get(paid.id).refund_pending_minor == 0);
  CHECK(shop.get(paid.id).payment->status == PaymentStatus::refunded);
}

TEST_CASE("the same refund again gets the refund that was made", "[refund_order]") {
  Shop shop;
  const auto paid = shop.paid_order({{shop.product(5, 1250), 2}});
  const RequestKey key{shop.admin.user, "one", "fingerprint"};
  const auto ask = [&] {
    return shop.refund_order.refund(paid.id, of_amount(100), key, "", mercato::Deadline::never());
  };
  const auto first = std::get<Refund>(ask());
  // No answer was kept: the process died in between.
  CHECK(std::get<Refund>(ask()).id == first.id);
  static_cast<void>(shop.answers.keep(key, {201, "application/json", "", "{}"}, first.id));
  CHECK(std::get<RefundOrder::Replay>(ask()).answer.body == "{}");
  CHECK(shop.tables.refunds.size() == 1);
}
