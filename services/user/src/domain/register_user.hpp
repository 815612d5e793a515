#pragma once

#include <string>

#include "domain/password_hasher.hpp"
#include "domain/user_repository.hpp"

namespace user {

/// POST /users: a new account, for anybody, and a mail to see whether the address is theirs. The
/// password was found strong enough.
class RegisterUser {
 public:
  RegisterUser(UserRepository& users, PasswordHasher& passwords)
      : users_(users), passwords_(passwords) {}

  struct Command {
    std::string email;
    std::string password;
    std::string name;
    std::string trace_id;
  };
  /// Error 409 `email_taken`. Slow: hashes a password.
  [[nodiscard]] User register_user(const Command& command);

 private:
  UserRepository& users_;
  PasswordHasher& passwords_;
};

}  // namespace user
