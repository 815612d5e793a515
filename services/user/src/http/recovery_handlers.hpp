#pragma once

#include <mercato/http/router.hpp>
#include <mercato/resilience/token_bucket.hpp>

#include "domain/account_tokens.hpp"
#include "domain/reset_password.hpp"
#include "http/lane.hpp"

namespace user::api {

/// What is done with tokens from mails, over HTTP. From any thread; does not own what it is given.
class RecoveryHandlers {
 public:
  RecoveryHandlers(AccountTokens& tokens, ResetPassword& reset_password, Lane& lane)
      : tokens_(tokens), reset_password_(reset_password), lane_(lane) {}

  mercato::http::Answer request_password_reset(const mercato::http::Request& request);
  mercato::http::Answer request_email_verification(const mercato::http::Request& request);
  mercato::http::Answer reset_password(const mercato::http::Request& request);
  mercato::http::Answer verify_email(const mercato::http::Request& request);

 private:
  mercato::http::Response request_mail(Purpose purpose, const mercato::http::Request& request);

  // Mails that strangers ask for, of everybody together: more than mail servers send, and less than
  // a flood that would fill the table.
  mercato::resilience::RateLimiter limiter_{100, 1'000, 1};
  AccountTokens& tokens_;
  ResetPassword& reset_password_;
  Lane& lane_;
};

}  // namespace user::api
