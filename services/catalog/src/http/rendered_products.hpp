#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <mercato/resilience/lru_map.hpp>

#include "domain/product_repository.hpp"

namespace catalog::api {

/// The JSON of one version of a product, in two pieces around what changes with every sale.
struct RenderedProduct {
  std::int64_t version = 0;
  std::string before;  // … "available":
  std::string after;

  explicit RenderedProduct(const Product& product);
  void append_to(std::string& out, std::int64_t available) const;
};

/// What products look like, kept by version. Nothing in here can be stale: whoever asks says which
/// version the database holds right now, which costs a fraction of reading all of a product, and
/// another version is none of it. From any thread.
class RenderedProducts {
 public:
  using Entry = std::shared_ptr<const RenderedProduct>;

  /// At most `capacity` products are kept, those asked for last; 0 keeps none.
  explicit RenderedProducts(std::size_t capacity);

  /// Nothing if it is not kept in any version.
  [[nodiscard]] bool knows(ProductId id);
  /// Nothing if it is not kept in that version.
  [[nodiscard]] Entry find(const ProductState& state);
  Entry insert(const Product& product);

 private:
  const std::size_t capacity_;
  std::mutex mutex_;
  mercato::resilience::LruMap<Entry> entries_;
};

/// Bodies of single products and of lists, read through the cache.
class ProductBodies {
 public:
  ProductBodies(ProductRepository& products, std::size_t capacity)
      : products_(products), rendered_(capacity) {}

  /// The current state, read in one round trip, with the rendering if that was read on the way.
  struct Current {
    ProductState state;
    RenderedProducts::Entry rendered;
  };
  [[nodiscard]] std::optional<Current> find(ProductId id);
  [[nodiscard]] std::optional<Current> find_by_sku(const std::string& sku);
  /// The body of `current`.
  [[nodiscard]] std::string body_of(Current& current);
  /// The body and headers of a product that was just read or written.
  [[nodiscard]] std::string body_of(const Product& product);
  /// `{"data": […], "next_cursor": …}` with the products in their order.
  [[nodiscard]] std::string page_of(const std::vector<ProductState>& states,
                                    const std::optional<std::string>& next_cursor);

 private:
  ProductRepository& products_;
  RenderedProducts rendered_;
};

}  // namespace catalog::api
