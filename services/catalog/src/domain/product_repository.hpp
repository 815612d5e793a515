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

/// What tells one state of a product from another: whoever has seen this version knows all of it
/// but how much is available.
struct ProductState {
  ProductId id;
  std::int64_t version = 1;
  std::int64_t available = 0;
};

/// Where a walk over a list goes on. A list is one run of products after the other, each in an
/// order of its own. The generations name what it began with, so that it goes on by the same: 0
/// where it has no part in the list.
struct Position {
  std::int64_t sales = 0;  // of the ranks by sales
  std::int64_t words = 0;  // of the words that a text is forgiven by
  std::size_t run = 0;
  std::string key;  // of the last product seen, as text; "" where the order is by id alone
  ProductId id;
};

struct ProductPage {
  std::vector<ProductState> products;
  std::optional<Position> next;  // nothing at the end of the list
};

/// Products as they are stored. From any thread. Error 503 when the database cannot be reached.
class ProductRepository {
 public:
  virtual ~ProductRepository() = default;

  [[nodiscard]] virtual std::optional<Product> find(ProductId id) = 0;
  [[nodiscard]] virtual std::optional<ProductState> find_state(ProductId id) = 0;
  [[nodiscard]] virtual std::optional<ProductState> find_state_by_sku(const std::string& sku) = 0;
  /// Those that there are, in any order.
  [[nodiscard]] virtual std::vector<Product> find_many(const std::vector<ProductId>& ids) = 0;
  /// Up to `limit` products after `after`, archived ones left out. Error 400 `invalid_cursor` if
  /// the sales of `after` are not kept any more.
  [[nodiscard]] virtual ProductPage list(const ProductFilter& filter,
                                         const std::optional<Position>& after,
                                         std::size_t limit) = 0;
  /// Reads the product under its lock, writes what `change` makes of it as the next version, and
  /// returns that; writes nothing if the content stays the same. `change` may throw. Nothing if
  /// there is no such product.
  virtual std::optional<Product> update(ProductId id, const std::string& trace_id,
                                        const std::function<Product(const Product&)>& change) = 0;
};

}  // namespace catalog
