#include "domain/refusal.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace order {
namespace {

constexpr std::array<std::pair<Reason, std::string_view>, 10> kNames{{
    {Reason::out_of_stock, "out_of_stock"},
    {Reason::not_orderable, "not_orderable"},
    {Reason::price_changed, "price_changed"},
    {Reason::payment_declined, "payment_declined"},
    {Reason::user_disabled, "user_disabled"},
    {Reason::address_not_found, "address_not_found"},
    {Reason::total_too_large, "total_too_large"},
    {Reason::reservation_expired, "reservation_expired"},
    {Reason::payment_unavailable, "payment_unavailable"},
    {Reason::capture_failed, "capture_failed"},
}};

struct ReasonOf {
  Reason operator()(const OutOfStock&) const { return Reason::out_of_stock; }
  Reason operator()(const NotOrderable&) const { return Reason::not_orderable; }
  Reason operator()(const PriceChanged&) const { return Reason::price_changed; }
  Reason operator()(const PaymentDeclined&) const { return Reason::payment_declined; }
  Reason operator()(const UserDisabled&) const { return Reason::user_disabled; }
  Reason operator()(const AddressNotFound&) const { return Reason::address_not_found; }
  Reason operator()(const TotalTooLarge&) const { return Reason::total_too_large; }
  Reason operator()(const ReservationExpired&) const { return Reason::reservation_expired; }
  Reason operator()(const PaymentUnavailable&) const { return Reason::payment_unavailable; }
};

}  // namespace

std::string_view name(Reason reason) {
  return std::find_if(kNames.begin(), kNames.end(),
                      [reason](const auto& entry) { return entry.first == reason; })
      ->second;
}

std::optional<Reason> parse_reason(std::string_view text) {
  const auto found = std::find_if(kNames.begin(), kNames.end(),
                                  [text](const auto& entry) { return entry.second == text; });
  return found == kNames.end() ? std::nullopt : std::optional<Reason>(found->first);
}

Reason reason_of(const Refusal& refusal) {
  return std::visit(ReasonOf{}, refusal);
}

bool frees_key(Reason reason) {
  return reason == Reason::user_disabled || reason == Reason::address_not_found ||
         reason == Reason::total_too_large;
}

}  // namespace order
