#include "domain/user.hpp"

namespace user {

std::string_view name(Role role) {
  return role == Role::admin ? "admin" : "customer";
}

std::string_view name(Status status) {
  return status == Status::active ? "active" : "disabled";
}

std::optional<Role> parse_role(std::string_view text) {
  if (text == "customer") return Role::customer;
  if (text == "admin") return Role::admin;
  return std::nullopt;
}

std::optional<Status> parse_status(std::string_view text) {
  if (text == "active") return Status::active;
  if (text == "disabled") return Status::disabled;
  return std::nullopt;
}

}  // namespace user
