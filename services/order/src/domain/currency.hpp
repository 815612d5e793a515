#pragma once

#include <string_view>

namespace order {

/// Whether `code` is an active ISO 4217 code.
[[nodiscard]] bool is_currency(std::string_view code);

}  // namespace order
