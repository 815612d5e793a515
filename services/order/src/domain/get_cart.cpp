#include "domain/get_cart.hpp"

#include <exception>
#include <utility>

namespace order {

Cart GetCart::get(UserId user, mercato::Deadline deadline) {
  Cart cart;
  auto items = carts_.list(user);
  if (items.empty()) return cart;
  std::vector<ProductId> products;
  for (const auto& item : items) products.push_back(item.product);
  const auto answer = catalog_.list(products, deadline);
  const auto* const known = std::get_if<ProductCatalog::Products>(&answer);
  cart.stale = known == nullptr;
  std::vector<CartItem> changed;
  for (auto& item : items) {
    Cart::Line line{std::move(item), std::nullopt};
    if (known != nullptr) {
      const auto found = known->find(line.item.product);
      const bool sold = found != known->end() && !found->second.archived;
      line.available = sold ? found->second.available : 0;
      if (found != known->end() && line.item.last_seen != found->second.offer) {
        line.item.last_seen = found->second.offer;
        changed.push_back(line.item);
      }
    }
    cart.lines.push_back(std::move(line));
  }
  remember(user, changed);
  return cart;
}

void GetCart::remember(UserId user, const std::vector<CartItem>& changed) {
  if (changed.empty()) return;
  try {
    carts_.remember(user, changed);
  } catch (const std::exception&) {
    // The next reader sees it again.
  }
}

}  // namespace order
