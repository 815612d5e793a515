#pragma once

#include <string>
#include <vector>

#include <mercato/settings/settings.hpp>

namespace payment {

/// `payment-service ledger check`: prints what is wrong with the ledger; 1 if anything is.
[[nodiscard]] int ledger(const mercato::settings::Settings& settings,
                         const std::vector<std::string>& arguments);

}  // namespace payment
