#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "domain/session.hpp"

namespace user {

/// Makes access tokens. From any thread.
class AccessTokens {
 public:
  virtual ~AccessTokens() = default;
  struct Issued {
    std::string token;
    std::chrono::seconds expires_in{};
  };
  /// Error 503 while there is no key to sign with.
  [[nodiscard]] virtual Issued issue(UserId user, Role role, SessionId session) = 0;
};

/// A refresh token that we made: which session it belongs to, and the hash it is known by.
struct RefreshToken {
  std::string text;
  SessionId session;
  std::string hash;
};

/// Makes refresh tokens and knows them again. From any thread.
class RefreshTokens {
 public:
  virtual ~RefreshTokens() = default;
  [[nodiscard]] virtual RefreshToken make(SessionId session) = 0;
  /// Nothing unless we made it; whether it is still good only the session knows.
  [[nodiscard]] virtual std::optional<RefreshToken> recognise(std::string_view text) = 0;

  /// Locks a pair away so that only the holder of `shown` gets it back.
  [[nodiscard]] virtual std::string seal(const TokenPair& pair, const RefreshToken& shown) = 0;
  [[nodiscard]] virtual std::optional<TokenPair> unseal(std::string_view sealed,
                                                        const RefreshToken& shown) = 0;
};

}  // namespace user
