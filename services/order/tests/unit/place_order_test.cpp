#include <support/catch.hpp>

#include <algorithm>

#include <mercato/error/error.hpp>
#include <mercato/json/json.hpp>

#include "shop.hpp"

using namespace order;
using order::test::Fault;
using order::test::Shop;
using order::test::code_of;

namespace {

std::string outcome_of_step(const Shop& shop, OrderId id, const std::string& step) {
  const auto timeline = shop.tables.timelines.find(id);
  if (timeline == shop.tables.timelines.end()) return "";
  const auto entry = std::find_if(timeline->second.rbegin(), timeline->second.rend(),
                                  [&](const auto& each) { return each.step == step; });
  return entry == timeline->second.rend() ? "" : entry->outcome;
}

}  // namespace

TEST_CASE("one request checks out: stock sold, money authorised, then captured", "[place_order]") {
  Shop shop;
  const auto mug = shop.product(5, 1250);
  const auto command = shop.command({{mug, 2}});

  const auto answer = shop.place(command);

  CHECK(answer.status == 201);
  const auto order = shop.order_of(command);
  CHECK(answer.location == "/api/v1/orders/" + order.id.str());
  CHECK(order.status == OrderStatus::confirmed);
  CHECK(order.total == Money{2500, "GBP"});
  CHECK(shop.stock.items.at(mug).on_hand == 3);
  CHECK(shop.payments.accounts.at(order.id).authorized == 2500);
  CHECK(shop.payments.accounts.at(order.id).captured == 0);

  shop.recover();
  CHECK(shop.payments.accounts.at(order.id).captured == 2500);
  CHECK(shop.get(order.id).payment->status == PaymentStatus::captured);
  CHECK(shop.tables.sagas.empty());
}

TEST_CASE("the happy path commits twice before it answers", "[place_order]") {
  Shop shop;
  const auto mug = shop.product(5, 1250);
  REQUIRE(shop.place(shop.command({{mug, 2}})).status == 201);
  CHECK(shop.tables.commits == 2);
}

TEST_CASE("the same request again gets the same bytes and makes no second order", "[place_order]") {
  Shop shop;
  const auto command = shop.command({{shop.product(5, 1250), 2}});
  const auto first = shop.place(command);

  const auto again = shop.place_order.place(command);

  CHECK(std::get<Answered>(again).replayed);
  CHECK(std::get<Answered>(again).answer == first);
  CHECK(shop.tables.orders.size() == 1);
}

TEST_CASE("a key that was used for another request is refused", "[place_order]") {
  Shop shop;
  auto command = shop.command({{shop.product(5, 1250), 2}});
  shop.place(command);
  command.key.fingerprint = "another";
  CHECK_THROWS_AS(shop.place_order.place(command), mercato::Error);
}

TEST_CASE("a second request during the first one is told to wait", "[place_order]") {
  Shop shop;
  const auto command = shop.command({{shop.product(5, 1250), 2}});
  shop.stock.reachable = false;  // the first one is parked
  const auto first = shop.place_order.place(command);
  REQUIRE(std::holds_alternative<Waiting>(first));

  try {
    static_cast<void>(shop.place_order.place(command));
    FAIL("the second request must be refused");
  } catch (const mercato::Error& error) {
    CHECK(error.code() == "request_in_progress");
    CHECK(error.retry_after() == std::chrono::seconds(1));
  }
}

TEST_CASE("a replay takes over the wait of a request whose process died", "[place_order]") {
  Shop shop;
  const auto command = shop.command({{shop.product(5, 1250), 2}});
  shop.stock.reachable = false;
  {
    const auto lost = shop.place_order.place(command);
    REQUIRE(std::holds_alternative<Waiting>(lost));
  }
  shop.restart();

  const auto replay = shop.place_order.place(command);

  REQUIRE(std::holds_alternative<Waiting>(replay));
  CHECK(std::get<Waiting>(replay).order == shop.order_of(command).id);
  shop.stock.reachable = true;
  shop.recover();
  CHECK(shop.clients.told.at(shop.order_of(command).id).status == 201);
  CHECK(shop.tables.orders.size() == 1);
}

TEST_CASE("what is not in stock is refused, and nothing stays reserved or authorised",
          "[place_order]") {
  Shop shop;
  const auto mug = shop.product(5, 1250);
  const auto plate = shop.product(0, 700);
  const auto command = shop.command({{mug, 1}, {plate, 1}});

  const auto answer = shop.place(command);

  CHECK(answer.status == 409);
  CHECK(code_of(answer) == "out_of_stock");
  const auto order = shop.order_of(command);
  CHECK(order.status == OrderStatus::rejected);
  CHECK(order.reject_reason == Reason::out_of_stock);
  CHECK(shop.stock.items.at(mug).reserved == 0);
  CHECK(shop.payments.accounts.at(order.id).voided);
  CHECK(shop.tables.sagas.empty());
}

TEST_CASE("a declined payment gives the stock back before the buyer is told", "[place_order]") {
  Shop shop;
  const auto mug = shop.product(5, 1250);
  auto command = shop.command({{mug, 2}});
  command.request.payment_method = "pm_card_chargeDeclined";

  const auto answer = shop.place(command);

  CHECK(answer.status == 402);
  CHECK(code_of(answer) == "payment_declined");
  CHECK(shop.stock.items.at(mug).reserved == 0);
  CHECK(shop.order_of(command).total == Money{2500, "GBP"});
  CHECK(outcome_of_step(shop, shop.order_of(command).id, "authorize_payment") == "failed");
  CHECK(outcome_of_step(shop, shop.order_of(command).id, "release_stock") == "undone");
}

TEST_CASE("a total other than the expected one is refused", "[place_order]") {
  Shop shop;
  auto command = shop.command({{shop.product(5, 1250), 2}});
  command.request.expected_total = Money{2400, "GBP"};
  const auto answer = shop.place(command);
  CHECK(code_of(answer) == "price_changed");
  CHECK(mercato::json::parse(answer.body).at("total").at("amount") == 2500);
}

TEST_CASE("a total that no client could read exactly is refused and frees the key",
          "[place_order]") {
  Shop shop;
  const auto yacht = shop.product(10'000, kMaxPriceMinor);
  const auto command = shop.command({{yacht, 10'000}});

  CHECK(shop.place(command).status == 422);
  CHECK(shop.tables.keys.empty());
  CHECK(shop.stock.items.at(yacht).reserved == 0);
}

TEST_CASE("a total is right to the last penny, however large it is", "[place_order]") {
  Shop shop;
  const auto command = shop.command({{shop.product(5, 33'554'433), 3}});
  CHECK(shop.place(command).status == 201);
  CHECK(shop.order_of(command).total == Money{100'663'299, "GBP"});
}

TEST_CASE("a disabled buyer is refused and may use the key again", "[place_order]") {
  Shop shop;
  shop.users.disabled.insert(shop.buyer);
  const auto command = shop.command({{shop.product(5, 1250), 2}});
  const auto answer = shop.place(command);
  CHECK(answer.status == 403);
  CHECK(code_of(answer) == "user_disabled");
  CHECK(shop.tables.keys.empty());

  shop.users.disabled.clear();
  CHECK(shop.place(command).status == 201);
}

TEST_CASE("an address is taken from the buyer's address book", "[place_order]") {
  Shop shop;
  auto command = shop.command({{shop.product(5, 1250), 2}});
  const auto home = AddressId::make();
  shop.users.addresses[home] = *command.shipping_address;
  command.shipping_address.reset();
  command.request.address = home;
  REQUIRE(shop.place(command).status == 201);
  CHECK(shop.order_of(command).shipping_address == shop.users.addresses[home]);

  auto nowhere = shop.command({{shop.product(5, 1250), 2}});
  nowhere.shipping_address.reset();
  nowhere.request.address = AddressId::make();
  CHECK(shop.place(nowhere).status == 422);
}

TEST_CASE("a buyer seen before can buy while the user service is away", "[place_order]") {
  Shop shop;
  shop.users.fault = Fault::not_reached;
  const auto command = shop.command({{shop.product(5, 1250), 2}});
  CHECK(shop.place(command).status == 201);
  CHECK(outcome_of_step(shop, shop.order_of(command).id, "check_buyer") == "degraded");
}

TEST_CASE("a buyer never seen waits for the user service", "[place_order]") {
  Shop shop;
  shop.tables.seen_active.clear();
  shop.users.fault = Fault::not_reached;
  const auto command = shop.command({{shop.product(5, 1250), 2}});
  CHECK(shop.place(command).status == 202);
  CHECK(shop.order_of(command).status == OrderStatus::pending);

  shop.users.fault = Fault::none;
  shop.recover();
  CHECK(shop.order_of(command).status == OrderStatus::confirmed);
}

TEST_CASE("an answer that was lost is asked for again, and nothing happens twice",
          "[place_order]") {
  Shop shop;
  const auto mug = shop.product(5, 1250);
  const auto command = shop.command({{mug, 2}});
  SECTION("of the reservation") {
    shop.stock.fault_at_reserve = Fault::answer_lost;
  }
  SECTION("of the authorisation") {
    shop.payments.fault_at_authorize = Fault::answer_lost;
  }
  SECTION("of the commit") {
    shop.stock.fault_at_commit = Fault::answer_lost;
  }

  CHECK(shop.place(command).status == 202);
  shop.stock.fault_at_reserve = shop.stock.fault_at_commit = Fault::none;
  shop.payments.fault_at_authorize = Fault::none;
  shop.recover();

  const auto order = shop.order_of(command);
  CHECK(order.status == OrderStatus::confirmed);
  CHECK(shop.stock.items.at(mug).on_hand == 3);
  CHECK(shop.stock.items.at(mug).reserved == 0);
  CHECK(shop.payments.accounts.at(order.id).charges == 1);
  CHECK(shop.payments.accounts.at(order.id).captured == 2500);
}

TEST_CASE("a stored 202 stays the answer after the order was confirmed", "[place_order]") {
  Shop shop;
  const auto command = shop.command({{shop.product(5, 1250), 2}});
  shop.payments.fault_at_authorize = Fault::not_reached;
  const auto first = shop.place(command);
  REQUIRE(first.status == 202);
  shop.payments.fault_at_authorize = Fault::none;
  shop.recover();

  const auto again = shop.place_order.place(command);
  CHECK(std::get<Answered>(again).answer == first);
}

TEST_CASE("a reservation that expired rejects the order and the money is let go", "[place_order]") {
  Shop shop;
  const auto command = shop.command({{shop.product(5, 1250), 2}});
  shop.stock.before_commit = [&] {
    for (auto& [id, held] : shop.stock.reservations) {
      held.state = test::FakeStock::Held::State::expired;
    }
  };
  CHECK(shop.place(command).status == 409);
  const auto order = shop.order_of(command);
  CHECK(order.reject_reason == Reason::reservation_expired);
  CHECK(shop.payments.accounts.at(order.id).voided);
}

TEST_CASE("an order that cannot be paid for long is rejected", "[place_order]") {
  Shop shop;
  const auto mug = shop.product(5, 1250);
  const auto command = shop.command({{mug, 2}});
  shop.payments.fault_at_authorize = Fault::answer_lost;
  REQUIRE(shop.place(command).status == 202);

  shop.clock.advance(std::chrono::minutes(15));
  shop.recover();

  const auto order = shop.order_of(command);
  CHECK(order.status == OrderStatus::rejected);
  CHECK(order.reject_reason == Reason::payment_unavailable);
  CHECK(shop.payments.accounts.at(order.id).voided);
  CHECK(shop.stock.items.at(mug).reserved == 0);
}

TEST_CASE("the patience with payment begins when it is asked", "[place_order]") {
  Shop shop;
  const auto command = shop.command({{shop.product(5, 1250), 2}});
  shop.stock.fault_at_reserve = Fault::not_reached;
  REQUIRE(shop.place(command).status == 202);

  shop.clock.advance(std::chrono::minutes(20));
  shop.stock.fault_at_reserve = Fault::none;
  shop.payments.fault_at_authorize = Fault::not_reached;
  shop.recover();
  CHECK(shop.order_of(command).status == OrderStatus::pending);

  shop.clock.advance(std::chrono::minutes(14));
  shop.recover();
  CHECK(shop.order_of(command).status == OrderStatus::pending);
  shop.clock.advance(std::chrono::minutes(1));
  shop.recover();
  CHECK(shop.order_of(command).reject_reason == Reason::payment_unavailable);
}

TEST_CASE("without a free slot the order is stored and left to other threads", "[place_order]") {
  Shop shop;
  const auto command = shop.command({{shop.product(5, 1250), 2}});
  const auto taken = shop.slots.try_take();
  const auto placement = shop.place_order.place(command);
  REQUIRE(std::holds_alternative<Waiting>(placement));
  CHECK(shop.stock.calls == 0);
  CHECK(shop.dispatcher.queue.size() == 1);

  shop.recover();
  CHECK(shop.clients.told.at(shop.order_of(command).id).status == 201);
}

TEST_CASE("only who is worked on, or in line for it, takes a turn", "[place_order]") {
  Shop shop;
  const auto mug = shop.product(9, 1250);
  SECTION("not who waits for a neighbour") {
    shop.payments.fault_at_authorize = Fault::not_reached;
    const auto waiting = shop.place_order.place(shop.command({{mug, 1}}));
    REQUIRE(std::holds_alternative<Waiting>(waiting));
    CHECK(shop.at_once.under_way() == 0);
  }
  SECTION("not an order that is confirmed, and its capture owed") {
    CHECK(shop.place(shop.command({{mug, 1}})).status == 201);
    CHECK(shop.dispatcher.queue.size() == 1);
    CHECK(shop.at_once.under_way() == 0);
  }
  SECTION("who is in line, until it has been its turn") {
    shop.payments.fault_at_authorize = Fault::not_reached;
    const auto taken = shop.slots.try_take();
    const auto waiting = shop.place_order.place(shop.command({{mug, 1}}));
    REQUIRE(std::holds_alternative<Waiting>(waiting));
    CHECK(shop.at_once.under_way() == 1);
    shop.recover();
    CHECK(shop.at_once.under_way() == 0);
  }
}

TEST_CASE("there is room for a checkout while few wait for a thread", "[place_order]") {
  Shop shop;
  CHECK(shop.place_order.has_room());
  shop.dispatcher.queue.resize(8);
  CHECK_FALSE(shop.place_order.has_room());
  shop.dispatcher.queue.pop_front();
  CHECK(shop.place_order.has_room());
}

TEST_CASE("who comes while others wait gets in line, until the line is too long", "[place_order]") {
  Shop shop;
  const auto line = [&] { return std::vector<RequestedLine>{{shop.product(9, 100), 1}}; };
  {
    const auto taken = shop.slots.try_take();
    CHECK(std::holds_alternative<Waiting>(shop.place_order.place(shop.command(line()))));
  }
  // The slot is free again, but somebody waits.
  for (int i = 0; i < 2; ++i) {
    CHECK(std::holds_alternative<Waiting>(shop.place_order.place(shop.command(line()))));
  }
  const auto orders_before = shop.tables.orders.size();
  CHECK_THROWS_AS(shop.place_order.place(shop.command(line())), mercato::Error);
  CHECK(shop.tables.orders.size() == orders_before);

  // One left the line: it was too long a moment ago, and is kept short for a while.
  shop.dispatcher.queue.pop_front();
  CHECK_THROWS_AS(shop.place_order.place(shop.command(line())), mercato::Error);
  shop.clock.advance(Crowd::kCalm);
  CHECK(std::holds_alternative<Waiting>(shop.place_order.place(shop.command(line()))));
}

TEST_CASE("a client that does not want to wait is answered at once", "[place_order]") {
  Shop shop;
  auto command = shop.command({{shop.product(5, 1250), 2}});
  command.wait = std::chrono::milliseconds(0);
  CHECK(shop.place(command).status == 202);
  shop.recover();
  CHECK(shop.order_of(command).status == OrderStatus::confirmed);
}

TEST_CASE("once the order is stored a failing database means later, never no", "[place_order]") {
  Shop shop;
  const auto command = shop.command({{shop.product(5, 1250), 2}});
  shop.stock.before_commit = [&] { shop.tables.down = true; };
  const auto placement = shop.place_order.place(command);
  REQUIRE(std::holds_alternative<Waiting>(placement));
  CHECK(shop.dispatcher.queue.empty());  // what is not confirmed is not captured

  shop.stock.before_commit = nullptr;
  shop.tables.down = false;
  shop.recover();
  CHECK(shop.order_of(command).status == OrderStatus::confirmed);
  CHECK(shop.payments.accounts.at(shop.order_of(command).id).charges == 1);
}

TEST_CASE("an answer sent without the database is the one that is kept", "[place_order]") {
  Shop shop;
  const auto command = shop.command({{shop.product(5, 1250), 2}});
  shop.payments.fault_at_authorize = Fault::not_reached;
  Answer promised;
  {
    const auto placement = shop.place_order.place(command);
    promised = std::get<Waiting>(placement).pending;
  }
  shop.clients.promises[shop.order_of(command).id] = promised;
  shop.payments.fault_at_authorize = Fault::none;
  shop.recover();

  CHECK(shop.order_of(command).status == OrderStatus::confirmed);
  CHECK(std::get<Answered>(shop.place_order.place(command)).answer == promised);
}

TEST_CASE("an answer sent without the database outlives the process that sent it",
          "[place_order]") {
  Shop shop;
  const auto command = shop.command({{shop.product(5, 1250), 2}});
  shop.stock.before_commit = [&] { shop.tables.down = true; };
  Answer sent;
  {
    const auto placement = shop.place_order.place(command);
    sent = std::get<Waiting>(placement).pending;
  }
  shop.restart();
  shop.tables.keys.begin()->second.owner_alive = false;
  shop.tables.keys.begin()->second.owned_by_us = false;
  shop.stock.before_commit = nullptr;
  shop.tables.down = false;
  shop.clock.advance(command.wait);
  shop.recover();

  CHECK(shop.order_of(command).status == OrderStatus::confirmed);
  CHECK(shop.place(command) == sent);
  CHECK(std::get<Answered>(shop.place_order.place(command)).answer == sent);
}

TEST_CASE("a reservation of other lines than were asked for is parked for a person",
          "[place_order]") {
  Shop shop;
  const auto mug = shop.product(5, 1250);
  const auto command = shop.command({{mug, 2}});
  shop.stock.items.at(mug).offer.unit_price.amount_minor = -1;
  CHECK(shop.place(command).status == 202);
  REQUIRE(shop.tables.sagas.size() == 1);
  CHECK(shop.tables.sagas.begin()->second.parked_reason == "the reservation has impossible prices");
}

TEST_CASE("two runners of one checkout do no harm", "[place_order]") {
  Shop shop;
  const auto mug = shop.product(5, 1250);
  const auto command = shop.command({{mug, 2}});
  shop.payments.fault_at_authorize = Fault::not_reached;
  REQUIRE(shop.place(command).status == 202);
  shop.payments.fault_at_authorize = Fault::none;
  shop.clock.advance(std::chrono::seconds(1));

  // Another process believes us dead and confirms while we are about to commit the stock.
  bool entered = false;
  shop.stock.before_commit = [&] {
    if (std::exchange(entered, true)) return;
    for (auto& saga : shop.sagas.claim_due(SagaLane::others, {}, 1)) {
      shop.drive.run(std::move(saga), mercato::Deadline::never());
    }
  };
  shop.recover();

  const auto order = shop.order_of(command);
  CHECK(order.status == OrderStatus::confirmed);
  CHECK(shop.stock.items.at(mug).on_hand == 3);
  CHECK(shop.payments.accounts.at(order.id).charges == 1);
  CHECK(shop.payments.accounts.at(order.id).captured == 2500);
}
