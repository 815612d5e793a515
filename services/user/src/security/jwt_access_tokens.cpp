#include "security/jwt_access_tokens.hpp"

#include <utility>

#include <mercato/auth/jwt.hpp>
#include <mercato/error/error.hpp>

namespace user::security {

namespace auth = mercato::auth;

JwtAccessTokens::JwtAccessTokens(const SigningKeys& keys, AccessTokenOptions options,
                                 const mercato::Clock& clock)
    : keys_(keys), options_(std::move(options)), clock_(clock) {}

AccessTokens::Issued JwtAccessTokens::issue(UserId user, Role role, SessionId session) {
  const auto key = keys_.current();
  if (!key) throw mercato::unavailable("There is no key to sign tokens with yet.");
  auth::Claims claims;
  claims.issuer = options_.issuer;
  claims.subject = user.str();
  claims.audience = options_.audience;
  claims.issued_at = clock_.now();
  claims.not_before = claims.issued_at;
  claims.expires_at = claims.issued_at + options_.lives;
  claims.id = mercato::Uuid::v7().str();
  claims.other["sid"] = session.str();
  claims.other["role"] = name(role);
  return {auth::sign(claims, key->kid, key->key, "at+jwt"), options_.lives};
}

}  // namespace user::security
