#include "domain/order.hpp"

#include <unordered_map>

namespace order {

std::optional<Money> total_of(const std::vector<OrderLine>& lines) {
  Money total{0, lines.front().offer->unit_price.currency};
  for (const auto& line : lines) {
    // One line is at most 10^12 x 10^4, so that only the sum has to be watched.
    total.amount_minor += line.line_total_minor();
    if (total.amount_minor > kMaxTotalMinor) return std::nullopt;
  }
  return total;
}

Order as_placed(Order order, bool address_given) {
  order.status = OrderStatus::pending;
  for (auto& line : order.lines) line.offer.reset();
  order.total.reset();
  order.refunded_minor = 0;
  if (!address_given) order.shipping_address.reset();
  order.payment.reset();
  order.reject_reason.reset();
  order.tracking.reset();
  order.updated_at = order.created_at;
  return order;
}

std::vector<RequestedLine> merge_lines(const std::vector<RequestedLine>& lines) {
  std::vector<RequestedLine> merged;
  merged.reserve(lines.size());
  std::unordered_map<ProductId, std::size_t> position;
  for (const auto& line : lines) {
    const auto [found, is_new] = position.emplace(line.product, merged.size());
    if (is_new) {
      merged.push_back(line);
    } else {
      merged[found->second].quantity += line.quantity;
    }
  }
  return merged;
}

}  // namespace order
