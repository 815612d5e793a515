#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "domain/product.hpp"

namespace catalog {

/// What somebody who wants to buy a product has to know.
struct Offer {
  ProductId product;
  std::string sku;
  std::string name;
  Money price;
  bool archived = false;
  std::int64_t available = 0;
};

/// Offers of many products at once. From any thread. Error 503 when the database cannot be reached.
class OfferReader {
 public:
  virtual ~OfferReader() = default;
  /// In the order of their ids; those that do not exist are left out.
  [[nodiscard]] virtual std::vector<Offer> list(const std::vector<ProductId>& products) = 0;
};

}  // namespace catalog
