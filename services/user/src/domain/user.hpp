#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <mercato/clock/clock.hpp>

#include "domain/ids.hpp"

namespace user {

enum class Role { customer, admin };
enum class Status { active, disabled };

// As they are written in the API and in the database.
[[nodiscard]] std::string_view name(Role role);
[[nodiscard]] std::string_view name(Status status);
[[nodiscard]] std::optional<Role> parse_role(std::string_view text);
[[nodiscard]] std::optional<Status> parse_status(std::string_view text);

struct User {
  UserId id;
  std::string email;  // as its owner writes it
  std::string name;
  Role role = Role::customer;
  Status status = Status::active;
  bool email_verified = false;
  std::int64_t version = 1;  // grows with every change
  mercato::Timestamp created_at{};
  mercato::Timestamp updated_at{};
};

}  // namespace user
