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
  /// `limited`: whether it matters how many mails one network asks for.
  RecoveryHandlers(AccountTokens& tokens, ResetPassword& reset_password, Lane& lane, bool limited);

  mercato::http::Answer request_password_reset(const mercato::http::Request& request);
  mercato::http::Answer request_email_verification(const mercato::http::Request& request);
  mercato::http::Answer reset_password(const mercato::http::Request& request);
  mercato::http::Answer verify_email(const mercato::http::Request& request);

 private:
  mercato::http::Response request_mail(Purpose purpose, const mercato::http::Request& request);

  // Mails that strangers ask for. The bucket of all is so much larger than one network's that
  // nobody empties it alone.
  mercato::resilience::RateLimiter of_networks_;
  mercato::resilience::RateLimiter of_all_;
  AccountTokens& tokens_;
  ResetPassword& reset_password_;
  Lane& lane_;
};

}  // namespace user::api
