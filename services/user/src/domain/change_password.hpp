#pragma once

#include <string>

#include "domain/password_hasher.hpp"
#include "domain/password_policy.hpp"
#include "domain/sign_in_limits.hpp"
#include "domain/user_repository.hpp"

namespace user {

/// PUT /users/me/password: ends all sessions but the one it comes from. Whoever found an unlocked
/// device does not know the current password, and may not guess it here either.
class ChangePassword {
 public:
  ChangePassword(UserRepository& users, PasswordHasher& passwords, SignInLimits& limits)
      : users_(users), passwords_(passwords), limits_(limits) {}

  struct Command {
    UserId user;
    SessionId session;
    std::string current_password;
    NewPassword new_password;
    std::string address;  // where it comes from
  };
  /// Error 401 `invalid_credentials`, 422 `weak_password`, 429. Slow: hashes two passwords.
  void change_password(const Command& command);

 private:
  UserRepository& users_;
  PasswordHasher& passwords_;
  SignInLimits& limits_;
};

}  // namespace user
