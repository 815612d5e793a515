#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "mercato/auth/jwt.hpp"
#include "mercato/crypto/crypto.hpp"
#include "mercato/id/uuid.hpp"
#include "support/workspace.hpp"

namespace mercato::test {

/// The keys of a whole deployment, made afresh: one that signs access tokens, and one for each
/// peer. Files live as long as this object.
class TestKeys {
 public:
  static constexpr const char* kIssuer = "https://mercato.example";
  static constexpr const char* kAudience = "mercato";

  explicit TestKeys(const std::vector<std::string>& peers);

  /// SERVICE_KEY_FILE and SERVICE_KEY_SET_FILE of one peer.
  [[nodiscard]] std::map<std::string, std::string> environment(const std::string& peer) const;
  /// The key set to serve at JWKS_URL.
  [[nodiscard]] std::string jwks() const;

  /// The Authorization header of a signed-in caller.
  [[nodiscard]] std::string bearer(Uuid subject, const std::string& role = "customer",
                                   std::chrono::seconds lives = std::chrono::minutes(15)) const;
  /// The Authorization header that the peer `from` sends to `to`.
  [[nodiscard]] std::string peer_bearer(const std::string& from, const std::string& to) const;
  /// Any claims, signed with the access token key.
  [[nodiscard]] std::string sign(const auth::Claims& claims,
                                 const std::string& typ = "at+jwt") const;

 private:
  TempDirectory directory_;
  crypto::PrivateKey token_key_;
  std::map<std::string, crypto::PrivateKey> peer_keys_;
};

}  // namespace mercato::test
