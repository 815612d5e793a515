#pragma once

#include <vector>

#include <mercato/settings/settings.hpp>

namespace order {

/// Every setting of the order service.
[[nodiscard]] std::vector<mercato::settings::Setting> settings_table();

}  // namespace order
