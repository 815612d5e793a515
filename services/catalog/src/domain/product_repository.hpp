#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "domain/product.hpp"

namespace catalog {

enum class ProductSort { newest, price, price_descending, name, relevance, bestselling };

struct ProductFilter {
  std::optional<std::string> text;
  std::optional<std::string> category;  // slug; descendants included
  std::optional<std::int64_t> min_price;
  std::optional<std::int64_t> max_price;
  std::optional<std::string> currency;  // given whenever prices are compared
  bool in_stock = false;
  ProductSort sort = ProductSort::newest;
};

/// Where a walk over a list goes on: the sort key of the last row seen, as text, and its id.
struct Position {
  std::string key;
  ProductId id;
};

struct ListedProduct {
  Product product;
  Position position;
};

/// Products as they are stored. From any thread. Error 503 when the database cannot be reached.
class ProductRepository {
 public:
  virtual ~ProductRepository() = default;

  [[nodiscard]] virtual std::optional<Product> find(ProductId id) = 0;
  [[nodiscard]] virtual std::optional<Product> find_by_sku(const std::string& sku) = 0;
  /// Up to `limit` products after `after`, archived ones left out.
  [[nodiscard]] virtual std::vector<ListedProduct> list(const ProductFilter& filter,
                                                        const std::optional<Position>& after,
                                                        std::size_t limit) = 0;
  /// Error 409 `sku_taken`, 422 `category_not_found`.
  virtual Product insert(const NewProduct& product, const std::string& trace_id) = 0;
  /// Reads the product under its lock, writes what `change` makes of it as the next version, and
  /// returns that; writes nothing if the content stays the same. `change` may throw. Nothing if
  /// there is no such product.
  virtual std::optional<Product> update(ProductId id, const std::string& trace_id,
                                        const std::function<Product(const Product&)>& change) = 0;
};

}  // namespace catalog
