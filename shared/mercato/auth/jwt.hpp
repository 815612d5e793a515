#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mercato/clock/clock.hpp"
#include "mercato/crypto/crypto.hpp"
#include "mercato/json/json.hpp"

namespace mercato::auth {

/// A public key as a key set (JWKS, RFC 7517) names it. `issuer` is set in sets that hold keys of
/// several issuers (such as the one of all peers): a key then speaks for that issuer only.
struct VerificationKey {
  std::string kid;
  std::string issuer;
  crypto::PublicKey key;
};

/// Immutable once made; share by shared_ptr<const KeySet>.
class KeySet {
 public:
  KeySet() = default;
  explicit KeySet(std::vector<VerificationKey> keys);
  /// Only EC P-256 signature keys are taken; anything else in the set is passed over.
  /// Throws std::invalid_argument if it is no key set.
  [[nodiscard]] static KeySet parse(std::string_view jwks);
  [[nodiscard]] std::string to_jwks() const;
  [[nodiscard]] const VerificationKey* find(std::string_view kid) const;
  [[nodiscard]] const std::vector<VerificationKey>& keys() const { return keys_; }

 private:
  std::vector<VerificationKey> keys_;
};

struct Claims {
  std::string issuer;
  std::string subject;
  std::string audience;
  Timestamp issued_at{};
  Timestamp not_before{};
  Timestamp expires_at{};
  std::string id;                             // jti
  json::Value other = json::Value::object();  // sid, role, scope, …
};

/// Signs a compact JWS (RFC 7515, 7519) with ES256; header {alg, typ, kid}. Times are cut to whole
/// seconds; an empty subject or id is left out.
[[nodiscard]] std::string sign(const Claims& claims, std::string_view kid,
                               const crypto::PrivateKey& key, std::string_view typ);

struct Expected {
  std::string issuer;  // empty: the key's own issuer must equal `iss`
  std::string audience;
  std::string typ;                 // "at+jwt" (RFC 9068) or "svc+jwt"
  std::chrono::seconds leeway{5};  // before `nbf` and `iat`; none after `exp`
};

enum class Verdict { valid, malformed, unknown_key, bad_signature, wrong_claims, expired };
struct Verification {
  Verdict verdict = Verdict::malformed;
  Claims claims;
};
/// The algorithm comes from the key, never from the header; `alg` must still say ES256. A header
/// with any member but alg, typ and kid is refused (jwk, jku, x5u, x5c and crit among them), as are
/// tokens over 8 KiB. `iss`, `aud`, `iat`, `nbf` and `exp` must be there. Never throws for any
/// input.
[[nodiscard]] Verification verify(std::string_view token, const KeySet& keys,
                                  const Expected& expected, Timestamp now);

}  // namespace mercato::auth
