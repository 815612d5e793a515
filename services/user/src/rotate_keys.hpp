#pragma once

#include <string>
#include <vector>

#include <mercato/settings/settings.hpp>

namespace user {

/// `rotate-keys [--withdraw]`: the next key signs access tokens from now on, unless it was not
/// published for five minutes yet, and the one after it is published. Tokens that are out stay good
/// until they run out; with --withdraw, for a key that may be known to others, they are refused
/// within a minute, or once the next key was published for five, and clients have to refresh.
/// Running processes follow within half a minute. Prints the keys, and which of them is still to be
/// withdrawn; returns the exit code.
int rotate_keys(const mercato::settings::Settings& settings,
                const std::vector<std::string>& arguments);

}  // namespace user
