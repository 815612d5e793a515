#pragma once

#include <string>

#include <mercato/db/statement.hpp>

#include "domain/product.hpp"

namespace catalog::storage {

/// The columns that read_product() reads, of `product p`, its `stock s` and its `category c`.
#define CATALOG_PRODUCT_COLUMNS                                                              \
  "p.id, p.sku, p.name, p.description, c.slug AS category, p.price, p.currency, p.status, "  \
  "s.on_hand - s.reserved AS available, p.image_url, p.attributes, p.version, p.created_at, " \
  "p.updated_at"
#define CATALOG_PRODUCT_TABLES \
  "product p JOIN stock s ON s.product_id = p.id LEFT JOIN category c ON c.id = p.category_id"

[[nodiscard]] Product read_product(const mercato::db::Row& row);
/// As jsonb keeps them.
[[nodiscard]] std::string attributes_json(const Attributes& attributes);

}  // namespace catalog::storage
