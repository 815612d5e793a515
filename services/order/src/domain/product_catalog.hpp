#pragma once

#include <variant>

#include "domain/neighbour.hpp"
#include "domain/order.hpp"

namespace order {

/// What is on sale: the catalog's public side, in our terms. From any thread; never throws for
/// network reasons.
class ProductCatalog {
 public:
  virtual ~ProductCatalog() = default;

  struct Product {
    Offer offer;
    std::int64_t available = 0;  // 0 for archived products
    bool archived = false;
  };
  struct NoSuchProduct {};
  using Answer = std::variant<Product, NoSuchProduct, NoAnswer>;

  [[nodiscard]] virtual Answer find(ProductId product, mercato::Deadline deadline) = 0;
};

}  // namespace order
