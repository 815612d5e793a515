#pragma once

#include <string>

#include "domain/account_tokens.hpp"
#include "domain/password_hasher.hpp"
#include "domain/password_policy.hpp"

namespace user {

/// POST /users/password-resets/{token}: who reads the account's mail may choose a new password. All
/// sessions end.
class ResetPassword {
 public:
  ResetPassword(AccountTokens& tokens, PasswordHasher& passwords)
      : tokens_(tokens), passwords_(passwords) {}

  /// The account that has it now. Error 404 if the token is not good, 422 `weak_password`, which
  /// leaves it good. Slow: hashes a password.
  [[nodiscard]] User reset_password(const std::string& token, const NewPassword& password);

 private:
  AccountTokens& tokens_;
  PasswordHasher& passwords_;
};

/// POST /users/email-verifications/{token}: the account whose address it is. Error 404 if it is not
/// good.
[[nodiscard]] User verify_email(AccountTokens& tokens, const std::string& token);

}  // namespace user
