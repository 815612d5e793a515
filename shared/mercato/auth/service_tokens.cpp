#include <map>
#include <mutex>
#include <stdexcept>
#include <utility>

#include "mercato/auth/authenticator.hpp"
#include "mercato/auth/service_token.hpp"
#include "mercato/auth/watched_files.hpp"

namespace mercato::auth {
namespace {

constexpr std::chrono::seconds kLifetime{60};

struct Signer {
  std::string kid;
  crypto::PrivateKey key;
};

Signer make_signer(const std::string& service, const std::string& pem, const std::string& jwks) {
  auto key = crypto::PrivateKey::from_pem(pem);
  const auto own = key.public_key();
  const auto keys = KeySet::parse(jwks);
  for (const auto& published : keys.keys()) {
    const bool same = published.key.x() == own.x() && published.key.y() == own.y();
    if (same && published.issuer == service) return {published.kid, std::move(key)};
  }
  throw std::runtime_error("the service key is not in the service key set under " + service);
}

struct Token {
  std::string authorization;
  Timestamp renew_at{};
  std::shared_ptr<const Signer> signer;
};

}  // namespace

struct ServiceTokens::Impl {
  Impl(std::string service_name, const std::string& key_file, const std::string& key_set_file)
      : service(std::move(service_name)),
        signer({key_file, key_set_file}, [this](const std::vector<std::string>& contents) {
          return make_signer(service, contents.at(0), contents.at(1));
        }) {}

  Token make(const std::string& audience, std::shared_ptr<const Signer> with, Timestamp now) const {
    Claims claims;
    claims.issuer = service;
    claims.audience = audience;
    claims.issued_at = now;
    claims.not_before = now;
    claims.expires_at = now + kLifetime;
    claims.other["scope"] = kServiceScope;
    auto authorization = "Bearer " + sign(claims, with->kid, with->key, kServiceTokenType);
    return {std::move(authorization), now + kLifetime / 2, std::move(with)};
  }

  std::string service;
  WatchedFiles<Signer> signer;
  std::mutex mutex;
  std::map<std::string, Token> tokens;  // by audience, of which there are a few
};

ServiceTokens::ServiceTokens(std::string service, const std::string& key_file,
                             const std::string& key_set_file)
    : impl_(std::make_unique<Impl>(std::move(service), key_file, key_set_file)) {}

ServiceTokens::~ServiceTokens() = default;

std::string ServiceTokens::authorization(const std::string& audience) {
  auto signer = impl_->signer.get();
  const auto now = system_clock().now();
  const std::lock_guard lock(impl_->mutex);
  auto& token = impl_->tokens[audience];
  // A clock that was set back makes the token one from the future: it is renewed as well.
  const bool fresh =
      token.signer == signer && now < token.renew_at && now >= token.renew_at - kLifetime / 2;
  if (!fresh) token = impl_->make(audience, std::move(signer), now);
  return token.authorization;
}

}  // namespace mercato::auth
