#pragma once

#include <memory>

#include <mercato/process/service.hpp>
#include <mercato/settings/settings.hpp>

namespace payment {

/// The composition root: pool → stores → provider → use cases → routes and workers.
[[nodiscard]] std::unique_ptr<mercato::process::App> make_app(
    const mercato::settings::Settings& settings);

}  // namespace payment
