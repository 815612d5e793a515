#pragma once

#include <string>

#include "domain/user_repository.hpp"

namespace user {

// GET, PATCH and DELETE /users/me. A token may outlive its account: Error 401 then.

[[nodiscard]] User get_me(UserRepository& users, UserId me);
[[nodiscard]] User update_me(UserRepository& users, UserId me,
                             const std::optional<std::string>& name);
/// Error 409 `last_admin`.
void delete_me(UserRepository& users, const Actor& me);

}  // namespace user
