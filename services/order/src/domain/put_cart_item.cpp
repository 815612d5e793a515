#include "domain/put_cart_item.hpp"

#include <string>

#include <mercato/error/error.hpp>

namespace order {

void PutCartItem::put(UserId user, ProductId product, std::int64_t quantity,
                      mercato::Deadline deadline) {
  CartItem item{product, quantity, std::nullopt};
  const auto answer = catalog_.find(product, deadline);
  if (std::holds_alternative<ProductCatalog::NoSuchProduct>(answer)) {
    throw mercato::not_found("No such product.");
  }
  if (const auto* found = std::get_if<ProductCatalog::Product>(&answer)) {
    item.last_seen = found->offer;
  }
  if (!carts_.put(user, item)) {
    throw mercato::validation_failed(
        {{"", "out_of_range",
          "A cart holds at most " + std::to_string(kMaxLines) + " different products."}});
  }
}

}  // namespace order
