#pragma once

#include <string>
#include <string_view>

#include "domain/tokens.hpp"

namespace user::security {

/// Refresh tokens that carry a proof of their origin: base64url of session id (16 bytes), secret
/// (32) and a tag over both (16). So a stranger's guess costs no look into the database, and a
/// token of long ago is told from a made-up one without keeping it. The tag opens nothing: what is
/// good is decided by the hash in the session. Immutable, so from any thread.
class SealedRefreshTokens : public RefreshTokens {
 public:
  /// `key` is the service's secret of 32 bytes; what is used is derived from it.
  explicit SealedRefreshTokens(std::string_view key);

  [[nodiscard]] RefreshToken make(SessionId session) override;
  [[nodiscard]] std::optional<RefreshToken> recognise(std::string_view text) override;
  [[nodiscard]] std::string seal(const TokenPair& pair, const RefreshToken& shown) override;
  [[nodiscard]] std::optional<TokenPair> unseal(std::string_view sealed,
                                                const RefreshToken& shown) override;

 private:
  [[nodiscard]] std::string tag_of(std::string_view content) const;

  const std::string tag_key_;
};

}  // namespace user::security
