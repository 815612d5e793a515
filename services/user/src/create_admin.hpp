#pragma once

#include <string>
#include <vector>

#include <mercato/settings/settings.hpp>

namespace user {

/// `create-admin`: makes an account with ADMIN_EMAIL and ADMIN_PASSWORD an active admin. If it is
/// one already nothing changes; another that exists keeps its password if its address is verified,
/// and else gets the given one and loses its sessions. Returns the exit code; throws SettingsError
/// if the address or the password will not do.
int create_admin(const mercato::settings::Settings& settings,
                 const std::vector<std::string>& arguments);

}  // namespace user
