#pragma once

#include <string>
#include <vector>

#include <mercato/settings/settings.hpp>

namespace user {

/// `create-admin`: makes an account with ADMIN_EMAIL and ADMIN_PASSWORD an active admin. One that
/// exists keeps its password; so running it again changes nothing. Returns the exit code; throws
/// SettingsError if the address or the password will not do.
int create_admin(const mercato::settings::Settings& settings,
                 const std::vector<std::string>& arguments);

}  // namespace user
