#pragma once

#include <string>
#include <vector>

#include <mercato/http/stranger_client.hpp>
#include <mercato/settings/settings.hpp>

namespace order {

/// Every setting of the order service.
[[nodiscard]] std::vector<mercato::settings::Setting> settings_table();

/// The 32 bytes of SEALING_KEY, or none; throws SettingsError if it is neither.
[[nodiscard]] std::string sealing_key(const mercato::settings::Settings& settings);
/// What WEBHOOK_ADDRESSES says.
[[nodiscard]] mercato::http::Callable webhook_addresses(
    const mercato::settings::Settings& settings);

}  // namespace order
