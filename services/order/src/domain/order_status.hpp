#pragma once

#include <optional>
#include <string_view>

namespace order {

enum class OrderStatus { pending, confirmed, shipped, delivered, rejected, cancelling, cancelled };

[[nodiscard]] std::string_view name(OrderStatus status);
[[nodiscard]] std::optional<OrderStatus> parse_order_status(std::string_view text);

/// Delivered, rejected and cancelled orders never change again.
[[nodiscard]] bool is_final(OrderStatus status);

/// Where the money of an order stands, as far as payment has told us.
enum class PaymentStatus { authorized, captured, partially_refunded, refunded, voided, declined };

[[nodiscard]] std::string_view name(PaymentStatus status);
[[nodiscard]] std::optional<PaymentStatus> parse_payment_status(std::string_view text);

}  // namespace order
