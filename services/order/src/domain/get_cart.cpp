#include "domain/get_cart.hpp"

#include <utility>

namespace order {

Cart GetCart::get(UserId user, mercato::Deadline deadline) {
  Cart cart;
  std::vector<CartItem> changed;
  for (auto& item : carts_.list(user)) {
    Cart::Line line{std::move(item), std::nullopt};
    // One silence is enough: asking for the rest would only make the buyer wait.
    const auto answer = cart.stale ? ProductCatalog::Answer(NoAnswer{"not asked", false})
                                   : catalog_.find(line.item.product, deadline);
    if (const auto* product = std::get_if<ProductCatalog::Product>(&answer)) {
      line.available = product->archived ? 0 : product->available;
      if (line.item.last_seen != product->offer) {
        line.item.last_seen = product->offer;
        changed.push_back(line.item);
      }
    } else if (std::holds_alternative<ProductCatalog::NoSuchProduct>(answer)) {
      line.available = 0;
    } else {
      cart.stale = true;
    }
    cart.lines.push_back(std::move(line));
  }
  if (!changed.empty()) carts_.remember(user, changed);
  return cart;
}

}  // namespace order
