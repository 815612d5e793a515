#pragma once

#include <mercato/http/router.hpp>

#include "domain/account_tokens.hpp"
#include "domain/reset_password.hpp"
#include "http/password_lane.hpp"

namespace user::api {

/// What is done with tokens from mails, over HTTP. From any thread; does not own what it is given.
class RecoveryHandlers {
 public:
  RecoveryHandlers(AccountTokens& tokens, ResetPassword& reset_password, PasswordLane& lane)
      : tokens_(tokens), reset_password_(reset_password), lane_(lane) {}

  mercato::http::Answer request_password_reset(const mercato::http::Request& request);
  mercato::http::Answer reset_password(const mercato::http::Request& request);
  mercato::http::Answer verify_email(const mercato::http::Request& request);

 private:
  AccountTokens& tokens_;
  ResetPassword& reset_password_;
  PasswordLane& lane_;
};

}  // namespace user::api
