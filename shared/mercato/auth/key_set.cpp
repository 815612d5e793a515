#include <algorithm>
#include <optional>
#include <stdexcept>
#include <utility>

#include "mercato/auth/jwt.hpp"
#include "mercato/error/error.hpp"

namespace mercato::auth {
namespace {

constexpr std::size_t kMaxKeys = 100;

// A member that must be a string if it is there.
std::optional<std::string> member(const json::Value& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_string()) return std::nullopt;
  return found->get<std::string>();
}

bool is_absent_or(const json::Value& object, const char* name, std::string_view expected) {
  return !object.contains(name) || member(object, name) == expected;
}

std::optional<VerificationKey> parse_key(const json::Value& jwk) {
  if (!jwk.is_object() || member(jwk, "kty") != "EC" || member(jwk, "crv") != "P-256") return {};
  if (!is_absent_or(jwk, "use", "sig") || !is_absent_or(jwk, "alg", "ES256")) return {};
  const auto kid = member(jwk, "kid");
  const auto x = crypto::parse_base64url(member(jwk, "x").value_or(""));
  const auto y = crypto::parse_base64url(member(jwk, "y").value_or(""));
  if (!kid || kid->empty() || !x || !y) return {};
  try {
    return VerificationKey{*kid, member(jwk, "iss").value_or(""),
                           crypto::PublicKey::from_coordinates(*x, *y)};
  } catch (const std::invalid_argument&) {
    return {};
  }
}

json::Value parse_text(std::string_view jwks) {
  try {
    return json::parse(jwks);
  } catch (const Error& error) {
    throw std::invalid_argument("a key set that is no JSON: " + error.detail());
  }
}

}  // namespace

KeySet::KeySet(std::vector<VerificationKey> keys) : keys_(std::move(keys)) {}

KeySet KeySet::parse(std::string_view jwks) {
  const auto document = parse_text(jwks);
  const auto list = document.is_object() ? document.find("keys") : document.end();
  if (list == document.end() || !list->is_array() || list->size() > kMaxKeys) {
    throw std::invalid_argument("not a key set: no list of at most 100 \"keys\"");
  }
  std::vector<VerificationKey> keys;
  for (const auto& jwk : *list) {
    if (auto key = parse_key(jwk)) keys.push_back(std::move(*key));
  }
  return KeySet(std::move(keys));
}

std::string KeySet::to_jwks() const {
  auto list = json::Value::array();
  for (const auto& key : keys_) {
    json::Value jwk = {{"kty", "EC"},
                       {"crv", "P-256"},
                       {"use", "sig"},
                       {"alg", "ES256"},
                       {"kid", key.kid},
                       {"x", crypto::base64url(key.key.x())},
                       {"y", crypto::base64url(key.key.y())}};
    if (!key.issuer.empty()) jwk["iss"] = key.issuer;
    list.push_back(std::move(jwk));
  }
  return json::dump({{"keys", std::move(list)}});
}

const VerificationKey* KeySet::find(std::string_view kid) const {
  const auto found =
      std::find_if(keys_.begin(), keys_.end(), [&](const auto& key) { return key.kid == kid; });
  return found == keys_.end() ? nullptr : &*found;
}

}  // namespace mercato::auth
