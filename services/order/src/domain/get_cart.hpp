#pragma once

#include <vector>

#include "domain/cart.hpp"
#include "domain/product_catalog.hpp"

namespace order {

/// GET /cart: what is in it, at the prices of now. From any thread. Does not own what it is given.
class GetCart {
 public:
  GetCart(CartRepository& carts, ProductCatalog& catalog) : carts_(carts), catalog_(catalog) {}

  /// Readable while the catalog is away: with what was last seen.
  [[nodiscard]] Cart get(UserId user, mercato::Deadline deadline);

 private:
  /// If that works: no cart is unreadable for what cannot be written.
  void remember(UserId user, const std::vector<CartItem>& changed);

  CartRepository& carts_;
  ProductCatalog& catalog_;
};

}  // namespace order
