#pragma once

#include <string>
#include <vector>

#include <mercato/settings/settings.hpp>

#include "security/signing_keys.hpp"

namespace user {

/// Every setting of the user service.
[[nodiscard]] std::vector<mercato::settings::Setting> settings_table();

/// The 32 bytes of KEY_ENCRYPTION_KEY; throws SettingsError if it is not that.
[[nodiscard]] std::string key_encryption_key(const mercato::settings::Settings& settings);

/// When signing keys are published and sign.
[[nodiscard]] security::KeySchedule key_schedule(const mercato::settings::Settings& settings);

}  // namespace user
