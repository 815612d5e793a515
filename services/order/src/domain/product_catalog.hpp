#pragma once

#include <unordered_map>
#include <variant>
#include <vector>

#include "domain/neighbour.hpp"
#include "domain/order.hpp"

namespace order {

/// What is on sale: the catalog, in our terms. From any thread; never throws for network reasons.
class ProductCatalog {
 public:
  virtual ~ProductCatalog() = default;

  struct Product {
    Offer offer;
    std::int64_t available = 0;
    bool archived = false;
  };
  using Products = std::unordered_map<ProductId, Product>;
  using Answer = std::variant<Products, NoAnswer>;

  /// Up to kMaxLines products at once; those that do not exist are left out.
  [[nodiscard]] virtual Answer list(const std::vector<ProductId>& products,
                                    mercato::Deadline deadline) = 0;
};

}  // namespace order
