#include <support/catch.hpp>

#include <mercato/error/error.hpp>

#include "domain/category.hpp"
#include "domain/currency.hpp"
#include "domain/edit_product.hpp"
#include "domain/product.hpp"
#include "domain/stock.hpp"

using namespace catalog;

namespace {

Product mug() {
  Product product;
  product.id = ProductId::make();
  product.sku = "MUG";
  product.name = "Mug";
  product.description = "Holds tea.";
  product.category = "tea";
  product.price = {1250, "GBP"};
  product.image_url = "https://img.example/mug";
  product.attributes = {{"colour", "blue"}, {"size", "M"}};
  return product;
}

/// Holds one product, and counts how often it was written.
class OneProduct : public ProductRepository {
 public:
  explicit OneProduct(Product product) : stored(std::move(product)) {}

  std::optional<Product> find(ProductId) override { return stored; }
  std::optional<ProductState> find_state(ProductId) override { return std::nullopt; }
  std::optional<ProductState> find_state_by_sku(const std::string&) override {
    return std::nullopt;
  }
  std::vector<Product> find_many(const std::vector<ProductId>&) override { return {stored}; }
  ProductPage list(const ProductFilter&, const std::optional<Position>&, std::size_t) override {
    return {};
  }
  std::optional<Product> update(ProductId id, const std::string&,
                                const std::function<Product(const Product&)>& change) override {
    if (id != stored.id) return std::nullopt;
    stored = change(stored);
    return stored;
  }

  Product stored;
};

void any_version(const Product&) {}

}  // namespace

TEST_CASE("a change sets what it names and leaves the rest", "[product]") {
  const auto before = mug();
  ProductChange change;
  CHECK(change.empty());
  CHECK(same_content(apply(before, change), before));

  change.name = "Big mug";
  change.price_minor = 1500;
  change.currency = "EUR";
  CHECK_FALSE(change.empty());
  const auto after = apply(before, change);
  CHECK(after.name == "Big mug");
  CHECK(after.price.amount_minor == 1500);
  CHECK(after.price.currency == "EUR");
  CHECK(after.description == before.description);
  CHECK(after.category == before.category);
  CHECK(after.attributes == before.attributes);
  CHECK_FALSE(same_content(after, before));
}

TEST_CASE("a change clears what it names with nothing in it", "[product]") {
  ProductChange change;
  change.category.emplace(std::nullopt);
  change.image_url.emplace(std::nullopt);
  const auto after = apply(mug(), change);
  CHECK_FALSE(after.category);
  CHECK_FALSE(after.image_url);
  CHECK(after.name == "Mug");
}

TEST_CASE("attributes are set, replaced and removed one by one, or cleared together",
          "[product]") {
  ProductChange change;
  change.attributes = {{"colour", "red"}, {"size", std::nullopt}, {"glaze", "matt"},
                       {"unknown", std::nullopt}};
  CHECK(apply(mug(), change).attributes == Attributes{{"colour", "red"}, {"glaze", "matt"}});

  ProductChange clear;
  clear.clear_attributes = true;
  CHECK_FALSE(clear.empty());
  CHECK(apply(mug(), clear).attributes.empty());
}

TEST_CASE("two products are the same to a reader whatever their version and attribute order",
          "[product]") {
  const auto one = mug();
  auto other = one;
  other.version = 7;
  other.available = 3;
  other.updated_at += std::chrono::seconds(1);
  std::swap(other.attributes[0], other.attributes[1]);
  CHECK(same_content(one, other));
  other.archived = true;
  CHECK_FALSE(same_content(one, other));
  other = one;
  other.attributes[0].second = "red";
  CHECK_FALSE(same_content(one, other));
}

TEST_CASE("a patch of an unknown product, of another version or beyond 50 attributes is refused",
          "[product]") {
  OneProduct products(mug());
  ProductChange change;
  change.name = "Cup";
  CHECK_THROWS_AS(patch_product(products, ProductId::make(), change, any_version, ""),
                  mercato::Error);
  const auto never = [](const Product&) { throw mercato::not_found(); };
  CHECK_THROWS_AS(patch_product(products, products.stored.id, change, never, ""), mercato::Error);
  CHECK(products.stored.name == "Mug");

  ProductChange many;
  many.attributes.emplace();
  for (std::size_t i = 0; i < kMaxAttributes - 2; ++i) {
    many.attributes->emplace_back("a" + std::to_string(i), "");
  }
  CHECK(patch_product(products, products.stored.id, many, any_version, "").attributes.size() ==
        kMaxAttributes);
  many.attributes->assign({{"one too many", std::nullopt}});
  CHECK_NOTHROW(patch_product(products, products.stored.id, many, any_version, ""));
  many.attributes->front().second = "";
  CHECK_THROWS_AS(patch_product(products, products.stored.id, many, any_version, ""),
                  mercato::Error);
}

TEST_CASE("archiving keeps everything but the status", "[product]") {
  OneProduct products(mug());
  archive_product(products, products.stored.id, any_version, "");
  CHECK(products.stored.archived);
  CHECK(products.stored.name == "Mug");
  CHECK_THROWS_AS(archive_product(products, ProductId::make(), any_version, ""), mercato::Error);
}

TEST_CASE("a slug is made of small letters, digits and single hyphens inside", "[category]") {
  for (const auto* slug : {"tea", "tea-coffee", "a", "7-up", "2024"}) CHECK(is_slug(slug));
  for (const auto* slug : {"", "-tea", "tea-", "tea--coffee", "Tea", "tea coffee", "thé"}) {
    INFO(slug);
    CHECK_FALSE(is_slug(slug));
  }
  CHECK(is_slug(std::string(100, 'a')));
  CHECK_FALSE(is_slug(std::string(101, 'a')));
}

TEST_CASE("a name makes a slug that is one", "[category]") {
  CHECK(slug_of("Tea & Coffee") == "tea-coffee");
  CHECK(slug_of("  Hot -- Drinks! ") == "hot-drinks");
  CHECK(slug_of("Café") == "caf");
  CHECK(slug_of("茶").empty());
  CHECK(slug_of("").empty());
  const auto cut = slug_of(std::string(99, 'a') + " b c");
  CHECK(cut == std::string(99, 'a'));
  CHECK(is_slug(cut));
}

TEST_CASE("currencies are those of ISO 4217, in capitals", "[currency]") {
  for (const auto* code : {"GBP", "EUR", "USD", "AED", "ZWG"}) CHECK(is_currency(code));
  for (const auto* code : {"", "gbp", "GB", "GBPX", "XTS", "DEM", " GB", "D A", "BPG", "EDA"}) {
    INFO(code);
    CHECK_FALSE(is_currency(code));
  }
}

TEST_CASE("an order is too old to reserve for after seven days, if its id tells its age",
          "[stock]") {
  const auto order = OrderId::make();
  const auto made_at = *order.value().time();
  CHECK_FALSE(is_too_old(order, made_at));
  CHECK_FALSE(is_too_old(order, made_at + kOldestOrder));
  CHECK(is_too_old(order, made_at + kOldestOrder + std::chrono::milliseconds(1)));
  const auto ageless = OrderId::parse("f81d4fae-7dec-41d0-a765-00a0c91e6bf6");
  REQUIRE(ageless);
  CHECK_FALSE(is_too_old(*ageless, made_at + 2 * kOldestOrder));
}
