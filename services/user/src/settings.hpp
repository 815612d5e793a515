#pragma once

#include <string>
#include <vector>

#include <mercato/settings/settings.hpp>

namespace user {

/// Every setting of the user service.
[[nodiscard]] std::vector<mercato::settings::Setting> settings_table();

/// The 32 bytes of KEY_ENCRYPTION_KEY; throws SettingsError if it is not that.
[[nodiscard]] std::string key_encryption_key(const mercato::settings::Settings& settings);

}  // namespace user
