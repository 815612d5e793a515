#pragma once

#include <string>

#include "domain/session_repository.hpp"
#include "domain/tokens.hpp"

namespace user {

/// POST /sessions/refresh: a refresh token is good once, for the next pair. Shown again it has been
/// stolen, from us or by us, and the session ends; but the answer to its first use may have been
/// lost, so for a moment, and while the next token was not used, it gets the same pair again.
class RefreshSession {
 public:
  RefreshSession(SessionRepository& sessions, AccessTokens& access_tokens,
                 RefreshTokens& refresh_tokens)
      : sessions_(sessions), access_tokens_(access_tokens), refresh_tokens_(refresh_tokens) {}

  /// Error 401 `refresh_token_invalid` or `refresh_token_reused`.
  [[nodiscard]] SignedIn refresh(const std::string& refresh_token);

 private:
  [[nodiscard]] std::optional<SignedIn> exchange(Presented presented, const RefreshToken& shown);
  [[nodiscard]] SignedIn repeat(Presented presented, const RefreshToken& shown);

  SessionRepository& sessions_;
  AccessTokens& access_tokens_;
  RefreshTokens& refresh_tokens_;
};

}  // namespace user
