#include "domain/payment.hpp"

#include <array>
#include <utility>

namespace payment {
namespace {

using enum PaymentStatus;

constexpr std::array<std::pair<PaymentStatus, std::string_view>, 8> kNames{{
    {pending, "pending"},
    {unknown, "unknown"},
    {authorized, "authorized"},
    {captured, "captured"},
    {partially_refunded, "partially_refunded"},
    {refunded, "refunded"},
    {voided, "voided"},
    {declined, "declined"},
}};

constexpr std::array<std::pair<RefundStatus, std::string_view>, 4> kRefundNames{{
    {RefundStatus::waiting, "waiting"},
    {RefundStatus::pending, "pending"},
    {RefundStatus::succeeded, "succeeded"},
    {RefundStatus::failed, "failed"},
}};

template <class Table, class Value>
std::string_view name_in(const Table& table, Value value) {
  for (const auto& [each, text] : table) {
    if (each == value) return text;
  }
  return "";
}

}  // namespace

std::string_view name(PaymentStatus status) { return name_in(kNames, status); }

std::optional<PaymentStatus> parse_payment_status(std::string_view text) {
  for (const auto& [status, status_name] : kNames) {
    if (status_name == text) return status;
  }
  return std::nullopt;
}

std::string_view name(RefundStatus status) { return name_in(kRefundNames, status); }

std::optional<RefundStatus> parse_refund_status(std::string_view text) {
  for (const auto& [status, status_name] : kRefundNames) {
    if (status_name == text) return status;
  }
  return std::nullopt;
}

Owed Payment::owed() const {
  if (open()) return void_requested ? Owed::cancellation : Owed::authorization;
  // The void came too late for a cancellation: what was taken is given back, when no bank is about
  // to decide on any of it. Until then a provider refuses every refund.
  if (was_captured() && void_requested && disputed_minor == 0 && refundable_minor() > 0) {
    return Owed::refund;
  }
  if (status != PaymentStatus::authorized) return Owed::nothing;
  if (void_requested) return Owed::cancellation;
  if (capture_requested) return Owed::capture;
  return look_requested ? Owed::look : Owed::nothing;
}

}  // namespace payment
