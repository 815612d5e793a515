#include <support/catch.hpp>

#include <chrono>
#include <functional>
#include <optional>
#include <utility>

#include "shop.hpp"

using namespace order;
using namespace std::chrono_literals;
using order::test::Fault;
using order::test::Shop;

namespace {

/// An order that its first client still waits for: who asks again, and what that one gets.
struct Waited {
  Waited() {
    shop.payments.fault_at_authorize = Fault::not_reached;
    auto placement = shop.place_order.place(command);
    waiting.emplace(std::move(std::get<Waiting>(placement)));
  }

  /// The confirmation was on its way when the wait ended, and is kept now.
  void keep_confirmation() {
    shop.tables.keys.at({command.buyer, command.key.key}).answer = confirmed;
  }

  Shop shop;
  PlaceOrderCommand command = shop.command({{shop.product(5, 1250), 2}});
  std::optional<Waiting> waiting;
  Answer confirmed{201, "application/json", "/api/v1/orders/1", "{}"};
};

}  // namespace

TEST_CASE("what was sent without the database is sent again, whatever came to be kept",
          "[place_order]") {
  Waited waited;
  waited.shop.clients.promises[waited.waiting->order] = waited.waiting->pending;
  waited.keep_confirmation();
  const auto again = std::get<Answered>(waited.shop.place_order.place(waited.command));
  CHECK(again.replayed);
  CHECK(again.answer == waited.waiting->pending);
}

TEST_CASE("what a replay is told is what whoever still waits is told", "[place_order]") {
  Waited waited;
  waited.keep_confirmation();
  const auto again = std::get<Answered>(waited.shop.place_order.place(waited.command));
  CHECK(again.answer == waited.confirmed);
  CHECK(waited.shop.clients.told.at(waited.waiting->order) == waited.confirmed);
}

TEST_CASE("a wait counts from when the request came, not from when the order was stored",
          "[place_order]") {
  Shop shop;
  const auto mug = shop.product(0, 1250);
  REQUIRE(shop.place(shop.command({{mug, 1}})).status == 409);
  shop.stock.items.at(mug).on_hand = 5;
  // The catalog is asked first whether there are any now, and takes its time.
  shop.stock.meddle = [&](const std::function<void()>&) {
    shop.clock.advance(300ms);
    return Fault::none;
  };
  const auto command = shop.command({{mug, 1}});
  const auto due = shop.clock.now() + command.wait;
  REQUIRE(shop.place(command).status == 201);
  CHECK(shop.tables.answer_by.at({command.buyer, command.key.key}) == due);
}
