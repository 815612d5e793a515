#include <support/catch.hpp>

#include <string>
#include <thread>
#include <vector>

#include "clients/shared_products.hpp"
#include "shop.hpp"

using namespace order;
using order::test::Fault;
using order::test::Shop;
using order::test::code_of;

namespace {

std::vector<std::string> steps_of(const Shop& shop, OrderId id) {
  std::vector<std::string> steps;
  for (const auto& entry : shop.tables.timelines.at(id)) {
    steps.push_back(entry.step + " " + entry.outcome);
  }
  return steps;
}

}  // namespace

TEST_CASE("what was sold out a moment ago is refused in one transaction", "[sold_out]") {
  Shop shop;
  const auto mug = shop.product(0, 1250);
  REQUIRE(shop.place(shop.command({{mug, 1}})).status == 409);
  shop.tables.commits = 0;
  const auto reserves = shop.stock.calls;
  const auto command = shop.command({{mug, 2}});

  const auto answer = shop.place(command);

  CHECK(answer.status == 409);
  CHECK(code_of(answer) == "out_of_stock");
  CHECK(shop.tables.commits == 1);
  CHECK(shop.stock.calls == reserves);
  const auto order = shop.order_of(command);
  CHECK(order.status == OrderStatus::rejected);
  CHECK(order.reject_reason == Reason::out_of_stock);
  CHECK(shop.payments.accounts.count(order.id) == 0);
  CHECK(shop.tables.sagas.empty());
  CHECK(steps_of(shop, order.id) ==
        std::vector<std::string>{"check_buyer ok", "reserve_stock failed"});

  const auto placement = shop.place_order.place(command);
  const auto* again = std::get_if<Answered>(&placement);
  REQUIRE(again != nullptr);
  CHECK(again->replayed);
  CHECK(again->answer == answer);
}

TEST_CASE("an order is not refused for what was sold out and has come back", "[sold_out]") {
  Shop shop;
  const auto mug = shop.product(0, 1250);
  REQUIRE(shop.place(shop.command({{mug, 1}})).status == 409);
  shop.stock.items.at(mug).on_hand = 1;
  CHECK(shop.place(shop.command({{mug, 1}})).status == 201);
}

TEST_CASE("a shortage is not what a disabled buyer is told", "[sold_out]") {
  Shop shop;
  const auto mug = shop.product(0, 1250);
  REQUIRE(shop.place(shop.command({{mug, 1}})).status == 409);
  shop.users.disabled.insert(shop.buyer);
  CHECK(code_of(shop.place(shop.command({{mug, 1}}))) == "user_disabled");
}

TEST_CASE("an order goes its usual way when nobody tells what is left", "[sold_out]") {
  Shop shop;
  const auto mug = shop.product(0, 1250);
  REQUIRE(shop.place(shop.command({{mug, 1}})).status == 409);
  shop.products.fault = Fault::not_reached;
  const auto reserves = shop.stock.calls;
  CHECK(code_of(shop.place(shop.command({{mug, 1}}))) == "out_of_stock");
  CHECK(shop.stock.calls > reserves);
}

TEST_CASE("an order that nobody waits for is not refused at once", "[sold_out]") {
  Shop shop;
  const auto mug = shop.product(0, 1250);
  REQUIRE(shop.place(shop.command({{mug, 1}})).status == 409);
  auto command = shop.command({{mug, 1}});
  command.wait = std::chrono::milliseconds(0);
  CHECK(shop.place(command).status == 202);
}

TEST_CASE("that something was sold out is forgotten after a moment", "[sold_out]") {
  Shop shop;
  const auto mug = shop.product(0, 1250);
  REQUIRE(shop.place(shop.command({{mug, 1}})).status == 409);
  shop.clock.advance(SoldOut::kMoment);
  const auto reserves = shop.stock.calls;
  CHECK(shop.place(shop.command({{mug, 1}})).status == 409);
  CHECK(shop.stock.calls > reserves);
}

TEST_CASE("no more products are remembered than there is room for", "[sold_out]") {
  SoldOut sold_out;
  const SoldOut::Time now{};
  for (std::size_t i = 0; i < SoldOut::kMost; ++i) sold_out.note(ProductId::make(), now);
  const auto mug = ProductId::make();
  sold_out.note(mug, now);
  CHECK_FALSE(sold_out.any_of({{mug, 1}}, now));
  sold_out.note(mug, now + SoldOut::kMoment);
  CHECK(sold_out.any_of({{mug, 1}}, now + SoldOut::kMoment));
}

TEST_CASE("threads that ask together each get their own answer", "[sold_out]") {
  Shop shop;
  std::vector<ProductId> mugs;
  for (std::int64_t i = 0; i < 8; ++i) mugs.push_back(shop.product(i, 1250));
  clients::SharedProducts shared(shop.products);
  std::vector<std::int64_t> available(mugs.size(), -1);
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < mugs.size(); ++i) {
      threads.emplace_back([&, i] {
        const auto answer = shared.list({mugs[i]}, mercato::Deadline::never());
        available[i] = std::get<ProductCatalog::Products>(answer).at(mugs[i]).available;
      });
    }
  }
  for (std::size_t i = 0; i < mugs.size(); ++i) {
    CHECK(available[i] == static_cast<std::int64_t>(i));
  }
}

TEST_CASE("more products than fit into one question are asked for one by one", "[sold_out]") {
  Shop shop;
  std::vector<ProductId> many;
  for (std::size_t i = 0; i < kMaxLines + 1; ++i) many.push_back(shop.product(1, 1250));
  clients::SharedProducts shared(shop.products);
  const std::vector<ProductId> first(many.begin(), many.begin() + 600);
  const std::vector<ProductId> second(many.begin() + 600, many.end());
  std::jthread other([&] {
    for (int i = 0; i < 50; ++i) {
      static_cast<void>(shared.list(second, mercato::Deadline::never()));
    }
  });
  for (int i = 0; i < 50; ++i) {
    const auto answer = shared.list(first, mercato::Deadline::never());
    REQUIRE(std::get<ProductCatalog::Products>(answer).count(first.front()) == 1);
  }
}
