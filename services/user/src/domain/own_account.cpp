#include "domain/own_account.hpp"

#include <utility>

#include "domain/errors.hpp"

namespace user {

User get_me(UserRepository& users, UserId me) {
  auto found = users.find(me);
  if (!found) throw account_gone();
  return std::move(*found);
}

User update_me(UserRepository& users, UserId me, const std::optional<std::string>& name) {
  if (!name) return get_me(users, me);
  auto renamed = users.rename(me, *name);
  if (!renamed) throw account_gone();
  return std::move(*renamed);
}

void delete_me(UserRepository& users, const Actor& me) {
  if (!users.anonymise(me.user, me.trace_id)) throw account_gone();
}

}  // namespace user
