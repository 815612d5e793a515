#pragma once

#include "domain/user_repository.hpp"

namespace user {

// What admins, and other services, ask about anybody. Error 404 if there is no such account.

[[nodiscard]] User get_user(UserRepository& users, UserId id);
/// Error 403 if the actor is no admin any more, 409 `last_admin`.
[[nodiscard]] User update_user(UserRepository& users, UserId id, const UserChange& change,
                               const Actor& by);
[[nodiscard]] UserCheck check_user(UserRepository& users, UserId id,
                                   std::optional<AddressId> address);

}  // namespace user
