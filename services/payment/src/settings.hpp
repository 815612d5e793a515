#pragma once

#include <vector>

#include <mercato/settings/settings.hpp>

namespace payment {

/// Every setting of the payment service.
[[nodiscard]] std::vector<mercato::settings::Setting> settings_table();

}  // namespace payment
