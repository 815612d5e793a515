#include "support/test_keys.hpp"

#include "mercato/clock/clock.hpp"

#include <utility>

namespace mercato::test {
namespace {

constexpr const char* kTokenKid = "test-token-key";

std::string kid_of(const std::string& peer) {
  return "test-" + peer;
}

auth::Claims claims_of(std::string issuer, std::string subject, std::string audience,
                       std::chrono::seconds lives) {
  auth::Claims claims;
  claims.issuer = std::move(issuer);
  claims.subject = std::move(subject);
  claims.audience = std::move(audience);
  claims.issued_at = system_clock().now();
  claims.not_before = claims.issued_at;
  claims.expires_at = claims.issued_at + lives;
  claims.id = Uuid::v7().str();
  return claims;
}

}  // namespace

TestKeys::TestKeys(const std::vector<std::string>& peers)
    : token_key_(crypto::PrivateKey::generate()) {
  std::vector<auth::VerificationKey> keys;
  for (const auto& peer : peers) {
    const auto key = crypto::PrivateKey::generate();
    directory_.write(peer + ".pem", key.to_pem());
    keys.push_back({kid_of(peer), peer, key.public_key()});
    peer_keys_.emplace(peer, key);
  }
  directory_.write("service-keys.json", auth::KeySet(std::move(keys)).to_jwks());
}

std::map<std::string, std::string> TestKeys::environment(const std::string& peer) const {
  return {{"SERVICE_KEY_FILE", directory_.path() + "/" + peer + ".pem"},
          {"SERVICE_KEY_SET_FILE", directory_.path() + "/service-keys.json"}};
}

std::string TestKeys::jwks() const {
  return auth::KeySet({{kTokenKid, "", token_key_.public_key()}}).to_jwks();
}

std::string TestKeys::sign(const auth::Claims& claims, const std::string& typ) const {
  return auth::sign(claims, kTokenKid, token_key_, typ);
}

std::string TestKeys::bearer(Uuid subject, const std::string& role,
                             std::chrono::seconds lives) const {
  auto claims = claims_of(kIssuer, subject.str(), kAudience, lives);
  claims.other["sid"] = Uuid::v7().str();
  claims.other["role"] = role;
  return "Bearer " + sign(claims);
}

std::string TestKeys::peer_bearer(const std::string& from, const std::string& to) const {
  auto claims = claims_of(from, from, to, std::chrono::seconds(60));
  claims.other["scope"] = "internal";
  return "Bearer " + auth::sign(claims, kid_of(from), peer_keys_.at(from), "svc+jwt");
}

}  // namespace mercato::test
