#pragma once

#include <string>
#include <vector>

#include <mercato/settings/settings.hpp>

namespace order {

/// `order-service stuck [--older-than SECONDS] [--resume ID]`: lists sagas that are parked or older
/// than that (60 s), as JSON lines, or puts a parked one back into circulation. Exit code 1 if
/// there is no such saga, 2 for other arguments.
[[nodiscard]] int stuck(const mercato::settings::Settings& settings,
                        const std::vector<std::string>& arguments);

}  // namespace order
