#include "domain/refund.hpp"

#include <algorithm>

#include <mercato/error/error.hpp>

namespace order {
namespace {

bool was_paid(const Order& order) {
  return order.status == OrderStatus::confirmed || order.status == OrderStatus::shipped ||
         order.status == OrderStatus::delivered;
}

std::vector<RequestedLine> lines_left(const Order& order) {
  std::vector<RequestedLine> left;
  for (const auto& line : order.lines) {
    const auto quantity = line.quantity - line.refunded_quantity;
    if (quantity > 0) left.push_back({line.product, quantity});
  }
  return left;
}

/// The price of these lines; nothing if one asks for more than is left.
std::optional<std::int64_t> price_of(const Order& order, const std::vector<RequestedLine>& lines) {
  std::int64_t amount_minor = 0;
  for (const auto& wanted : lines) {
    const auto line =
        std::find_if(order.lines.begin(), order.lines.end(),
                     [&wanted](const auto& each) { return each.product == wanted.product; });
    if (line == order.lines.end()) return std::nullopt;
    if (wanted.quantity > line->quantity - line->refunded_quantity) return std::nullopt;
    amount_minor += line->offer->unit_price.amount_minor * wanted.quantity;
  }
  return amount_minor;
}

}  // namespace

std::optional<RefundStatus> parse_refund_status(std::string_view text) {
  for (const auto status : {RefundStatus::pending, RefundStatus::succeeded, RefundStatus::failed}) {
    if (name(status) == text) return status;
  }
  return std::nullopt;
}

RefundPlan plan_refund(const Order& order, const RefundRequest& request, mercato::Timestamp now) {
  if (!was_paid(order)) return NothingCaptured{order.status};
  const auto left_minor =
      order.total->amount_minor - order.refunded_minor - order.refund_pending_minor;
  Refund refund{RefundId::make(), order.id,      {0, order.total->currency}, request.reason,
                request.restock,  request.lines, RefundStatus::pending,      now};
  if (request.amount) {
    if (request.amount->currency != order.total->currency) {
      throw mercato::validation_failed({{"/amount/currency", "currency_mismatch",
                                         "The order was paid in " + order.total->currency + "."}});
    }
    refund.amount = *request.amount;
    refund.restock = false;  // an amount says nothing about goods
  } else if (!request.lines.empty()) {
    const auto price = price_of(order, request.lines);
    if (!price) return OverRefund{};
    refund.amount.amount_minor = *price;
  } else {
    refund.amount.amount_minor = left_minor;
    refund.lines = lines_left(order);
  }
  if (refund.amount.amount_minor > left_minor || refund.amount.amount_minor < 1) {
    return OverRefund{};
  }
  return refund;
}

}  // namespace order
