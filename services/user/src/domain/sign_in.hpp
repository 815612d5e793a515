#pragma once

#include <optional>
#include <string>

#include "domain/password_hasher.hpp"
#include "domain/session_repository.hpp"
#include "domain/sign_in_limits.hpp"
#include "domain/tokens.hpp"
#include "domain/user_repository.hpp"

namespace user {

/// POST /sessions: whoever knows the password gets a session. What a stranger can see, the answer
/// and the time it takes, does not tell whether an e-mail address has an account.
class SignIn {
 public:
  struct Parts {
    UserRepository& users;
    SessionRepository& sessions;
    PasswordHasher& passwords;
    SignInLimits& limits;
    AccessTokens& access_tokens;
    RefreshTokens& refresh_tokens;
  };
  explicit SignIn(const Parts& parts) : parts_(parts) {}

  struct Command {
    std::string email;
    std::string password;
    std::string address;  // where it comes from
    std::optional<std::string> user_agent;
  };
  /// Error 401 `invalid_credentials`, 403 `user_disabled` to whoever knows the password, 429.
  /// Slow: hashes a password.
  [[nodiscard]] SignedIn sign_in(const Command& command);

 private:
  Parts parts_;
};

}  // namespace user
