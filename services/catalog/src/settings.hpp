#pragma once

#include <vector>

#include <mercato/settings/settings.hpp>

namespace catalog {

/// Every setting of the service.
[[nodiscard]] std::vector<mercato::settings::Setting> settings_table();

}  // namespace catalog
