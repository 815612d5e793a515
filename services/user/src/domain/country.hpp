#pragma once

#include <string_view>

namespace user {

/// Whether it is an officially assigned country code (ISO 3166-1 alpha-2, upper case).
[[nodiscard]] bool is_country(std::string_view code);

}  // namespace user
