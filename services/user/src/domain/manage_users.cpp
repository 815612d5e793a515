#include "domain/manage_users.hpp"

#include <utility>

#include <mercato/error/error.hpp>

namespace user {

User get_user(UserRepository& users, UserId id) {
  auto found = users.find(id);
  if (!found) throw mercato::not_found();
  return std::move(*found);
}

User update_user(UserRepository& users, UserId id, const UserChange& change, const Actor& by) {
  auto updated = users.update(id, change, by);
  if (!updated) throw mercato::not_found();
  return std::move(*updated);
}

UserCheck check_user(UserRepository& users, UserId id, std::optional<AddressId> address) {
  auto checked = users.check(id, address);
  if (!checked) throw mercato::not_found();
  return std::move(*checked);
}

}  // namespace user
