#pragma once

#include <memory>
#include <vector>

#include <mercato/process/service.hpp>
#include <mercato/settings/settings.hpp>

namespace psp {

[[nodiscard]] std::vector<mercato::settings::Setting> settings_table();

/// The whole sandbox: journal → books → API and webhooks.
[[nodiscard]] std::unique_ptr<mercato::process::App> make_sandbox(
    const mercato::settings::Settings& settings);

}  // namespace psp
