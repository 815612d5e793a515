#pragma once

#include <chrono>
#include <string>

#include <mercato/clock/clock.hpp>

#include "domain/tokens.hpp"
#include "security/signing_keys.hpp"

namespace user::security {

struct AccessTokenOptions {
  std::string issuer;
  std::string audience;
  std::chrono::seconds lives{900};
};

/// Access tokens as JWTs (RFC 9068), signed with the current key. From any thread.
class JwtAccessTokens : public AccessTokens {
 public:
  JwtAccessTokens(const SigningKeys& keys, AccessTokenOptions options, const mercato::Clock& clock);

  [[nodiscard]] Issued issue(UserId user, Role role, SessionId session) override;

 private:
  const SigningKeys& keys_;
  const AccessTokenOptions options_;
  const mercato::Clock& clock_;
};

}  // namespace user::security
