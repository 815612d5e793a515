#include <support/catch.hpp>

#include <map>

#include <mercato/json/json.hpp>

#include "http/rendered_products.hpp"

using namespace catalog;
using catalog::api::ProductBodies;
using catalog::api::RenderedProduct;
using Json = mercato::json::Value;

namespace {

Product stored_mug(std::int64_t version = 1, std::int64_t available = 3) {
  Product product;
  product.id = ProductId(*mercato::Uuid::parse("01890a5d-ac96-774b-bcce-b302099a8057"));
  product.sku = "MUG";
  product.name = "Mug \"one\"";
  product.price = {1250, "GBP"};
  product.version = version;
  product.available = available;
  return product;
}

Json rendered(const Product& product) {
  std::string text;
  RenderedProduct(product).append_to(text, product.available);
  return mercato::json::parse(text);
}

/// Counts how often all of a product was read.
class CountingProducts : public ProductRepository {
 public:
  std::optional<Product> find(ProductId) override {
    ++reads;
    return stored;
  }
  std::optional<ProductState> find_state(ProductId id) override {
    return ProductState{id, stored.version, stored.available};
  }
  std::optional<ProductState> find_state_by_sku(const std::string&) override {
    return find_state(stored.id);
  }
  std::vector<Product> find_many(const std::vector<ProductId>&) override {
    ++reads;
    return {stored};
  }
  ProductPage list(const ProductFilter&, const std::optional<Position>&, std::size_t) override {
    return {};
  }
  std::optional<Product> update(ProductId, const std::string&,
                                const std::function<Product(const Product&)>&) override {
    return std::nullopt;
  }

  Product stored = stored_mug();
  int reads = 0;
};

Json body_of(ProductBodies& bodies, ProductId id) {
  auto current = bodies.find(id);
  return mercato::json::parse(bodies.body_of(*current));
}

}  // namespace

TEST_CASE("a product is written with null for what it lacks", "[rendered_products][unit]") {
  const auto body = rendered(stored_mug());
  CHECK(body.at("name") == "Mug \"one\"");
  CHECK(body.at("category").is_null());
  CHECK(body.at("image_url").is_null());
  CHECK(body.at("attributes") == Json::object());
  CHECK(body.at("status") == "active");
  CHECK(body.at("available") == 3);
  CHECK(body.at("price") == Json{{"amount", 1250}, {"currency", "GBP"}});
  CHECK(body.size() == 13);
}

TEST_CASE("a product's attributes are written by name", "[rendered_products][unit]") {
  auto product = stored_mug();
  product.attributes = {{"size", "M"}, {"colour", "blue"}};
  product.archived = true;
  const auto body = rendered(product);
  CHECK(body.at("attributes").dump() == R"({"colour":"blue","size":"M"})");
  CHECK(body.at("status") == "archived");
}

TEST_CASE("a version is read once, and every sale shows at once", "[rendered_products][unit]") {
  CountingProducts products;
  ProductBodies bodies(products, 10);
  CHECK(body_of(bodies, stored_mug().id).at("available") == 3);
  products.stored.available = 2;
  CHECK(body_of(bodies, stored_mug().id).at("available") == 2);
  CHECK(products.reads == 1);
  CHECK(bodies.page_of({{stored_mug().id, 1, 1}}, std::nullopt).find("\"available\":1,") !=
        std::string::npos);
  CHECK(products.reads == 1);
}

TEST_CASE("a version that is not known is read, whoever wrote it", "[rendered_products][unit]") {
  CountingProducts products;
  ProductBodies bodies(products, 10);
  CHECK(body_of(bodies, stored_mug().id).at("version") == 1);
  products.stored.version = 2;
  products.stored.name = "Cup";
  CHECK(body_of(bodies, stored_mug().id).at("name") == "Cup");
  CHECK(products.reads == 2);
  CHECK(body_of(bodies, stored_mug().id).at("version") == 2);
  CHECK(products.reads == 2);
}

TEST_CASE("many products are told apart", "[rendered_products][unit]") {
  api::RenderedProducts rendered(1'000);
  std::vector<ProductState> states;
  for (int i = 0; i < 200; ++i) {
    auto product = stored_mug();
    product.id = ProductId::make();
    product.sku = "MUG-" + std::to_string(i);
    rendered.insert(product);
    states.push_back({product.id, product.version, product.available});
  }
  for (int i = 0; i < 200; ++i) {
    const auto entry = rendered.find(states[static_cast<std::size_t>(i)]);
    REQUIRE(entry);
    CHECK(entry->before.find("\"MUG-" + std::to_string(i) + "\"") != std::string::npos);
  }
  CHECK_FALSE(rendered.find({ProductId::make(), 1, 1}));
}

TEST_CASE("without room every product is read", "[rendered_products][unit]") {
  CountingProducts products;
  ProductBodies bodies(products, 0);
  CHECK(body_of(bodies, stored_mug().id).at("version") == 1);
  CHECK(body_of(bodies, stored_mug().id).at("version") == 1);
  CHECK(products.reads == 2);
}
