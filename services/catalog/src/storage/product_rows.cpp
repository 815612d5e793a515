#include "storage/product_rows.hpp"

#include <mercato/json/json.hpp>

namespace catalog::storage {

namespace db = mercato::db;
namespace json = mercato::json;

Product read_product(const db::Row& row) {
  Product product;
  product.id = db::id<ProductId>(row, "id");
  product.sku = db::text(row, "sku");
  product.name = db::text(row, "name");
  product.description = db::text(row, "description");
  product.category = db::optional_text(row, "category");
  product.price = {db::integer(row, "price"), db::text(row, "currency")};
  product.archived = db::text(row, "status") == "archived";
  product.available = db::integer(row, "available");
  product.image_url = db::optional_text(row, "image_url");
  const auto attributes = json::Value::parse(db::text(row, "attributes"));
  for (const auto& [name, value] : attributes.items()) {
    product.attributes.emplace_back(name, value.get<std::string>());
  }
  product.version = db::integer(row, "version");
  product.created_at = db::timestamp(row, "created_at");
  product.updated_at = db::timestamp(row, "updated_at");
  return product;
}

std::string attributes_json(const Attributes& attributes) {
  auto object = json::Value::object();
  for (const auto& [name, value] : attributes) object[name] = value;
  return json::dump(object);
}

}  // namespace catalog::storage
