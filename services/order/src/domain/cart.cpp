#include "domain/cart.hpp"

namespace order {

std::optional<Money> Cart::total() const {
  std::vector<OrderLine> priced;
  for (const auto& line : lines) {
    const auto& offer = line.item.last_seen;
    if (!offer) return std::nullopt;
    if (!priced.empty() &&
        offer->unit_price.currency != priced.front().offer->unit_price.currency) {
      return std::nullopt;
    }
    priced.push_back({line.item.product, line.item.quantity, offer, 0});
  }
  return priced.empty() ? std::nullopt : total_of(priced);
}

}  // namespace order
