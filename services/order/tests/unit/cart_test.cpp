#include <support/catch.hpp>

#include <mercato/error/error.hpp>

#include "domain/get_cart.hpp"
#include "domain/put_cart_item.hpp"
#include "shop.hpp"

using namespace order;
using order::test::Shop;

namespace {

class FakeProducts : public ProductCatalog {
 public:
  Answer list(const std::vector<ProductId>& wanted, mercato::Deadline) override {
    ++asked;
    if (away) return NoAnswer{"connection refused", false};
    Products found;
    for (const auto& id : wanted) {
      const auto product = products.find(id);
      if (product != products.end()) found.insert(*product);
    }
    return found;
  }
  ProductId add(std::int64_t price_minor, const char* currency = "GBP") {
    const auto id = ProductId::make();
    products[id] = {{"SKU", "Mug", {price_minor, currency}}, 5, false};
    return id;
  }

  std::map<ProductId, Product> products;
  bool away = false;
  int asked = 0;
};

struct CartFixture {
  test::InMemoryCarts carts;
  FakeProducts products;
  GetCart get_cart{carts, products};
  PutCartItem put_cart_item{carts, products};
  UserId buyer = UserId::make();

  void put(ProductId product, std::int64_t quantity) {
    put_cart_item.put(buyer, product, quantity, mercato::Deadline::never());
  }
  Cart get() { return get_cart.get(buyer, mercato::Deadline::never()); }
};

}  // namespace

TEST_CASE_METHOD(CartFixture, "a cart is shown at the prices of now", "[cart]") {
  const auto mug = products.add(1250);
  put(mug, 2);
  CHECK(get().total() == Money{2500, "GBP"});
  products.products[mug].offer.unit_price.amount_minor = 1000;
  CHECK(get().total() == Money{2000, "GBP"});
  CHECK(carts.carts[buyer].front().last_seen->unit_price.amount_minor == 1000);
}

TEST_CASE_METHOD(CartFixture, "a cart is readable from memory and asks an absent catalog once",
                 "[cart]") {
  for (int i = 0; i < 5; ++i) put(products.add(100), 1);
  products.away = true;
  products.asked = 0;
  const auto cart = get();
  CHECK(cart.stale);
  CHECK(cart.total() == Money{500, "GBP"});
  CHECK_FALSE(cart.lines.front().available);
  CHECK(products.asked == 1);
}

TEST_CASE("a cart is readable while nothing can be written", "[cart]") {
  struct ReadOnlyCarts : test::InMemoryCarts {
    void remember(UserId, const std::vector<CartItem>&) override { throw mercato::unavailable(); }
  };
  ReadOnlyCarts carts;
  FakeProducts products;
  GetCart get_cart(carts, products);
  const auto buyer = UserId::make();
  carts.put(buyer, {products.add(1250), 2, std::nullopt});
  CHECK(get_cart.get(buyer, mercato::Deadline::never()).total() == Money{2500, "GBP"});
}

TEST_CASE_METHOD(CartFixture, "a cart of two currencies has no total", "[cart]") {
  put(products.add(100, "GBP"), 1);
  put(products.add(100, "EUR"), 1);
  CHECK_FALSE(get().total());
}

TEST_CASE_METHOD(CartFixture, "only known products are put in, and not too many", "[cart]") {
  CHECK_THROWS_AS(put(ProductId::make(), 1), mercato::Error);
  for (std::size_t i = 0; i < kMaxLines; ++i) {
    carts.carts[buyer].push_back({ProductId::make(), 1, std::nullopt});
  }
  CHECK_THROWS_AS(put(products.add(100), 1), mercato::Error);
}

TEST_CASE("an order may be made of what is in the cart", "[cart][place_order]") {
  Shop shop;
  const auto mug = shop.product(5, 1250);
  shop.carts.put(shop.buyer, {mug, 2, std::nullopt});
  auto command = shop.command({});
  command.request.from_cart = true;
  CHECK(shop.place(command).status == 201);
  CHECK(shop.order_of(command).total == Money{2500, "GBP"});

  shop.carts.clear(shop.buyer);
  CHECK(std::get<Answered>(shop.place_order.place(command)).replayed);
  auto another = shop.command({});
  another.request.from_cart = true;
  CHECK_THROWS_AS(shop.place_order.place(another), mercato::Error);
}
