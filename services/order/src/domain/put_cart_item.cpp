#include "domain/put_cart_item.hpp"

#include <string>

#include <mercato/error/error.hpp>

namespace order {

void PutCartItem::put(UserId user, ProductId product, std::int64_t quantity,
                      mercato::Deadline deadline) {
  CartItem item{product, quantity, std::nullopt};
  const auto answer = catalog_.list({product}, deadline);
  if (const auto* known = std::get_if<ProductCatalog::Products>(&answer)) {
    const auto found = known->find(product);
    if (found == known->end()) throw mercato::not_found("No such product.");
    item.last_seen = found->second.offer;
  }
  if (!carts_.put(user, item)) {
    throw mercato::validation_failed(
        {{"", "out_of_range",
          "A cart holds at most " + std::to_string(kMaxLines) + " different products."}});
  }
}

}  // namespace order
