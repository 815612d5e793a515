#pragma once

#include "domain/cart.hpp"
#include "domain/product_catalog.hpp"

namespace order {

/// PUT /cart/items/{product_id}. From any thread. Does not own what it is given.
class PutCartItem {
 public:
  PutCartItem(CartRepository& carts, ProductCatalog& catalog) : carts_(carts), catalog_(catalog) {}

  /// Error 404 without such a product, 422 for one more than kMaxLines. An archived product may be
  /// put in (it may come back); ordering it is what the catalog refuses. With the catalog away the
  /// product is taken on trust.
  void put(UserId user, ProductId product, std::int64_t quantity, mercato::Deadline deadline);

 private:
  CartRepository& carts_;
  ProductCatalog& catalog_;
};

}  // namespace order
