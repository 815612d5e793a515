#include "storage/user_rows.hpp"

#include <stdexcept>

namespace user::storage {
namespace {

template <class T>
T known(std::optional<T> value, const char* what) {
  if (!value) throw std::logic_error(std::string("unknown ") + what + " in the database");
  return *value;
}

}  // namespace

Role read_role(const db::Row& row) {
  return known(parse_role(db::text(row, "role")), "role");
}

Status read_status(const db::Row& row) {
  return known(parse_status(db::text(row, "status")), "status");
}

User read_user(const db::Row& row) {
  User user;
  user.id = db::id<UserId>(row, "id");
  user.email = db::text(row, "email");
  user.name = db::text(row, "name");
  user.role = read_role(row);
  user.status = read_status(row);
  user.email_verified = db::optional_timestamp(row, "email_verified_at").has_value();
  user.version = db::integer(row, "version");
  user.created_at = db::timestamp(row, "created_at");
  user.updated_at = db::timestamp(row, "updated_at");
  return user;
}

std::optional<User> first_user(const db::Result& rows) {
  return rows.empty() ? std::nullopt : std::optional<User>(read_user(rows[0]));
}

}  // namespace user::storage
