#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "domain/order.hpp"

namespace order {

enum class RefundStatus { pending, succeeded, failed };

[[nodiscard]] constexpr std::string_view name(RefundStatus status) {
  switch (status) {
    case RefundStatus::pending:
      return "pending";
    case RefundStatus::succeeded:
      return "succeeded";
    case RefundStatus::failed:
      return "failed";
  }
  return "pending";
}
[[nodiscard]] std::optional<RefundStatus> parse_refund_status(std::string_view text);

/// Money on its way back to the buyer, and goods on their way back to the shelf.
struct Refund {
  RefundId id;
  OrderId order;
  Money amount;
  std::string reason;
  bool restock = false;
  std::vector<RequestedLine> lines;  // none for an amount without lines
  RefundStatus status = RefundStatus::pending;
  mercato::Timestamp created_at{};
};

/// What the merchant asks for: lines, an amount, or (neither) the rest.
struct RefundRequest {
  std::string reason;
  bool restock = false;
  std::vector<RequestedLine> lines;  // merged
  std::optional<Money> amount;
};

/// More than is left of the order.
struct OverRefund {
  std::optional<RefundId> failed = {};  // the refund that was begun all the same
};
/// The order's money was never taken, or all of it is being given back anyway.
struct NothingCaptured {
  OrderStatus status = OrderStatus::pending;
  std::optional<RefundId> failed = {};  // as above
};
using RefundPlan = std::variant<Refund, OverRefund, NothingCaptured>;

/// What the request means for the order as it is now, pending refunds counted: a line is never
/// refunded beyond its quantity, the order never beyond its total. Pure. Error 422
/// `currency_mismatch` for an amount in another currency.
[[nodiscard]] RefundPlan plan_refund(const Order& order, const RefundRequest& request,
                                     mercato::Timestamp now);

}  // namespace order
