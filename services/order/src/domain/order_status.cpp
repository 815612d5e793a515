#include "domain/order_status.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace order {
namespace {

template <class E, std::size_t N>
using Names = std::array<std::pair<E, std::string_view>, N>;

constexpr Names<OrderStatus, 7> kOrderStatuses{{
    {OrderStatus::pending, "pending"},
    {OrderStatus::confirmed, "confirmed"},
    {OrderStatus::shipped, "shipped"},
    {OrderStatus::delivered, "delivered"},
    {OrderStatus::rejected, "rejected"},
    {OrderStatus::cancelling, "cancelling"},
    {OrderStatus::cancelled, "cancelled"},
}};

constexpr Names<PaymentStatus, 6> kPaymentStatuses{{
    {PaymentStatus::authorized, "authorized"},
    {PaymentStatus::captured, "captured"},
    {PaymentStatus::partially_refunded, "partially_refunded"},
    {PaymentStatus::refunded, "refunded"},
    {PaymentStatus::voided, "voided"},
    {PaymentStatus::declined, "declined"},
}};

template <class E, std::size_t N>
std::string_view name_in(const Names<E, N>& names, E value) {
  return std::find_if(names.begin(), names.end(),
                      [value](const auto& entry) { return entry.first == value; })
      ->second;
}

template <class E, std::size_t N>
std::optional<E> parse_in(const Names<E, N>& names, std::string_view text) {
  const auto found = std::find_if(names.begin(), names.end(),
                                  [text](const auto& entry) { return entry.second == text; });
  return found == names.end() ? std::nullopt : std::optional<E>(found->first);
}

}  // namespace

std::string_view name(OrderStatus status) {
  return name_in(kOrderStatuses, status);
}
std::optional<OrderStatus> parse_order_status(std::string_view text) {
  return parse_in(kOrderStatuses, text);
}

bool is_final(OrderStatus status) {
  return status == OrderStatus::delivered || status == OrderStatus::rejected ||
         status == OrderStatus::cancelled;
}

std::string_view name(PaymentStatus status) {
  return name_in(kPaymentStatuses, status);
}
std::optional<PaymentStatus> parse_payment_status(std::string_view text) {
  return parse_in(kPaymentStatuses, text);
}

}  // namespace order
