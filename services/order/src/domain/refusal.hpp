#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "domain/ids.hpp"
#include "domain/money.hpp"

namespace order {

/// Why an order ended without being sold; `name` is what clients read in `reject_reason`.
enum class Reason {
  out_of_stock,
  not_orderable,
  price_changed,
  payment_declined,
  user_disabled,
  address_not_found,
  total_too_large,
  reservation_expired,
  payment_unavailable,
  capture_failed,
};

[[nodiscard]] std::string_view name(Reason reason);
[[nodiscard]] std::optional<Reason> parse_reason(std::string_view text);

struct Shortage {
  ProductId product;
  std::string sku;
  std::int64_t requested = 0;
  std::int64_t available = 0;
};
struct UnsoldLine {
  ProductId product;
  std::string reason;  // product_not_found | product_archived | mixed_currency
};

// The definite refusals of a checkout. Anything that is not one of these is no refusal.
struct OutOfStock {
  std::vector<Shortage> lines;
};
struct NotOrderable {
  std::vector<UnsoldLine> lines;
};
struct PriceChanged {
  Money total;
};
struct PaymentDeclined {
  std::string decline_code;
};
struct UserDisabled {};
struct AddressNotFound {};
struct TotalTooLarge {};
struct ReservationExpired {};
struct PaymentUnavailable {};

using Refusal =
    std::variant<OutOfStock, NotOrderable, PriceChanged, PaymentDeclined, UserDisabled,
                 AddressNotFound, TotalTooLarge, ReservationExpired, PaymentUnavailable>;

[[nodiscard]] Reason reason_of(const Refusal& refusal);

/// Whether the answer is one that is not kept under the idempotency key (403 and 422): the client
/// may mend what is wrong and send the same key again.
[[nodiscard]] bool frees_key(Reason reason);

}  // namespace order
