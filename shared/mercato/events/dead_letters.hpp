#pragma once

#include <string>
#include <vector>

#include "mercato/settings/settings.hpp"

namespace mercato::events {

/// The subcommand `events` of every service's binary:
///
///   events dead              lists the dead letters, one JSON object a line
///   events redrive ID|--all  has them applied once more by the running service, and tells how that
///                            went; exit 1 if one failed again or nobody took it within 10 s
///
/// ID is an event's; with it go those of its aggregate, since they can only be applied in order.
/// A service without an inbox has no dead letters. Exit 2: wrong usage.
[[nodiscard]] int dead_letters_command(const settings::Settings& settings,
                                       const std::vector<std::string>& arguments);

}  // namespace mercato::events
