#pragma once

#include <mercato/db/statement.hpp>

#include "domain/user.hpp"

namespace user::storage {

namespace db = mercato::db;

/// A row with the columns id, email, name, role, status, version, email_verified_at, created_at
/// and updated_at.
[[nodiscard]] User read_user(const db::Row& row);
[[nodiscard]] std::optional<User> first_user(const db::Result& rows);
[[nodiscard]] Role read_role(const db::Row& row);
[[nodiscard]] Status read_status(const db::Row& row);

template <class T>
[[nodiscard]] std::optional<std::string> name_of(const std::optional<T>& value) {
  return value ? std::optional<std::string>(name(*value)) : std::nullopt;
}

}  // namespace user::storage
