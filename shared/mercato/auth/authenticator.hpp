#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "mercato/auth/jwt.hpp"
#include "mercato/http/server.hpp"

namespace mercato::auth {

/// Where a service keeps the last good key set, so that a restart while the issuer is down harms
/// nobody. Implemented on each service's own database by PgKeySetStore.
class KeySetStore {
 public:
  virtual ~KeySetStore() = default;
  [[nodiscard]] virtual std::optional<std::string> load() = 0;
  virtual void save(const std::string& jwks) = 0;
};

struct AuthenticatorOptions {
  std::string service;  // our own name: the audience of peers' tokens
  std::string token_issuer;
  std::string token_audience;
  std::string jwks_url;                                     // empty: keys are given by `own_keys`
  std::function<std::shared_ptr<const KeySet>()> own_keys;  // the issuer itself needs no fetch
  std::string service_key_set_file;
  std::shared_ptr<KeySetStore> store;  // may be null
};

/// Verifies access tokens (issuer's JWKS: fetched in the background, refreshed every 60 s, kept in
/// the store, refetched at most once in 10 s for an unknown kid) and service tokens (key set file,
/// re-read within 10 s of a change). Verified tokens are cached until they expire, bounded.
/// From any thread.
class Authenticator {
 public:
  /// Throws std::runtime_error or std::invalid_argument if the options cannot be used.
  explicit Authenticator(AuthenticatorOptions options);
  ~Authenticator();
  Authenticator(const Authenticator&) = delete;
  Authenticator& operator=(const Authenticator&) = delete;

  /// For ServerOptions::authenticate. A subject's token on a peer route is 401, and the other way
  /// round; a subject that is no admin on an admin route is 403 `forbidden`; no keys ever seen:
  /// 503.
  [[nodiscard]] http::Caller authenticate(const http::Request& request, http::Access access);
  /// The same as a function, which must not outlive this.
  [[nodiscard]] http::Authenticate callback() {
    return [this](const http::Request& request, http::Access access) {
      return authenticate(request, access);
    };
  }

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Makes the service tokens that we send to neighbours: signed with our own key, living 60 s,
/// renewed when half of that is over. From any thread.
class ServiceTokens {
 public:
  /// `key_file` is a PEM; its kid is looked up in `key_set_file` by the public key. Both are read
  /// again within 10 s of a change. Throws std::runtime_error or std::invalid_argument if they
  /// cannot be read, are no keys, or do not belong together.
  ServiceTokens(std::string service, const std::string& key_file, const std::string& key_set_file);
  ~ServiceTokens();
  ServiceTokens(const ServiceTokens&) = delete;
  ServiceTokens& operator=(const ServiceTokens&) = delete;

  /// "Bearer …" for the neighbour `audience`.
  [[nodiscard]] std::string authorization(const std::string& audience);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mercato::auth
