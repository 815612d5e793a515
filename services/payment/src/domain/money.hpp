#pragma once

#include <cstdint>
#include <string>

namespace payment {

/// The largest amount that every JSON reader keeps exactly: 2^53 - 1.
inline constexpr std::int64_t kMaxAmountMinor = 9'007'199'254'740'991;

/// An exact amount in the minor unit of its currency (ISO 4217): 1999 GBP is £19.99.
struct Money {
  std::int64_t amount_minor = 0;
  std::string currency;

  friend bool operator==(const Money&, const Money&) = default;
};

}  // namespace payment
