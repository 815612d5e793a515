#include "mercato/auth/jwt.hpp"

#include <algorithm>
#include <cstdint>
#include <exception>
#include <utility>

namespace mercato::auth {
namespace {

constexpr std::size_t kMaxTokenBytes = std::size_t{8} * 1024;
// The header holds alg, typ and kid, the claims a dozen short members: anything deep or wide is no
// token of ours.
constexpr json::Limits kLimits{.depth = 8, .members = 64};
constexpr std::string_view kAlgorithm = "ES256";
constexpr std::int64_t kLastSecond = 253'402'300'799;  // of the year 9999

struct Parts {
  std::string_view header;
  std::string_view payload;
  std::string_view signature;
  std::string_view signed_text;  // what the signature is over
};

std::optional<Parts> split(std::string_view token) {
  const auto first = token.find('.');
  if (first == std::string_view::npos) return std::nullopt;
  const auto second = token.find('.', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  if (token.find('.', second + 1) != std::string_view::npos) return std::nullopt;
  return Parts{token.substr(0, first), token.substr(first + 1, second - first - 1),
               token.substr(second + 1), token.substr(0, second)};
}

// Throws Error for anything that json::parse refuses.
std::optional<json::Value> decode_object(std::string_view part) {
  const auto text = crypto::parse_base64url(part);
  if (!text) return std::nullopt;
  auto value = json::parse(*text, kLimits);
  if (!value.is_object()) return std::nullopt;
  return value;
}

// The key's id, if the header is one that we would write: exactly these members. Whatever else a
// header could hold (jwk, jku, x5u, x5c, crit, …) only serves to make a verifier trust a key of the
// sender's choice.
std::optional<std::string> accept_header(const json::Value& header, std::string_view typ) {
  const auto is = [&](const char* name, std::string_view expected) {
    const auto found = header.find(name);
    return found != header.end() && found->is_string() &&
           found->get_ref<const std::string&>() == expected;
  };
  const auto kid = header.find("kid");
  if (header.size() != 3 || !is("alg", kAlgorithm) || !is("typ", typ)) return std::nullopt;
  if (kid == header.end() || !kid->is_string()) return std::nullopt;
  return kid->get<std::string>();
}

// Takes claims out of the payload with their types; sticky failure.
class ClaimReader {
 public:
  explicit ClaimReader(json::Value payload) : payload_(std::move(payload)) {}

  std::string text(const char* name) {
    const auto found = payload_.find(name);
    if (found == payload_.end() || !found->is_string()) {
      sound_ = false;
      return {};
    }
    auto value = found->get<std::string>();
    payload_.erase(found);
    return value;
  }

  std::string optional_text(const char* name) {
    return payload_.contains(name) ? text(name) : std::string();
  }

  Timestamp time(const char* name) {
    const auto found = payload_.find(name);
    const bool whole = found != payload_.end() && found->is_number_integer() &&
                       !(found->is_number_unsigned() && found->get<std::uint64_t>() > kLastSecond);
    const auto seconds = whole ? found->get<std::int64_t>() : -1;
    if (seconds < 0) {
      sound_ = false;
      return {};
    }
    payload_.erase(found);
    return Timestamp(std::chrono::seconds(seconds));
  }

  [[nodiscard]] bool sound() const { return sound_; }
  json::Value rest() { return std::move(payload_); }

 private:
  json::Value payload_;
  bool sound_ = true;
};

std::optional<Claims> read_claims(json::Value payload) {
  ClaimReader reader(std::move(payload));
  Claims claims;
  claims.issuer = reader.text("iss");
  claims.subject = reader.optional_text("sub");
  claims.audience = reader.text("aud");
  claims.issued_at = reader.time("iat");
  claims.not_before = reader.time("nbf");
  claims.expires_at = reader.time("exp");
  claims.id = reader.optional_text("jti");
  if (!reader.sound()) return std::nullopt;
  claims.other = reader.rest();
  return claims;
}

Verdict judge(const Claims& claims, const VerificationKey& key, const Expected& expected,
              Timestamp now) {
  const auto& issuer = expected.issuer.empty() ? key.issuer : expected.issuer;
  if (issuer.empty() || claims.issuer != issuer || claims.audience != expected.audience) {
    return Verdict::wrong_claims;
  }
  // Leeway is for the beginning, so that a token is good at once where the clock is behind. At the
  // end it would only make a token live longer than it says.
  if (now >= claims.expires_at) return Verdict::expired;
  const auto begins = std::max(claims.not_before, claims.issued_at);
  return now + expected.leeway < begins ? Verdict::wrong_claims : Verdict::valid;
}

Verification verify_or_throw(std::string_view token, const KeySet& keys, const Expected& expected,
                             Timestamp now) {
  if (token.size() > kMaxTokenBytes) return {};
  const auto parts = split(token);
  if (!parts) return {};
  const auto header = decode_object(parts->header);
  const auto kid = header ? accept_header(*header, expected.typ) : std::nullopt;
  const auto signature = crypto::parse_base64url(parts->signature);
  if (!kid || !signature) return {};
  const auto* const key = keys.find(*kid);
  if (key == nullptr) return {Verdict::unknown_key, {}};
  // Nothing of the payload is looked at before the signature holds.
  if (!key->key.verify(parts->signed_text, *signature)) return {Verdict::bad_signature, {}};
  auto payload = decode_object(parts->payload);
  if (!payload) return {};
  auto claims = read_claims(std::move(*payload));
  if (!claims) return {Verdict::wrong_claims, {}};
  const auto verdict = judge(*claims, *key, expected, now);
  return {verdict, std::move(*claims)};
}

}  // namespace

std::string sign(const Claims& claims, std::string_view kid, const crypto::PrivateKey& key,
                 std::string_view typ) {
  const json::Value header = {{"alg", kAlgorithm}, {"typ", typ}, {"kid", kid}};
  json::Value payload = {{"iss", claims.issuer}};
  if (!claims.subject.empty()) payload["sub"] = claims.subject;
  payload["aud"] = claims.audience;
  payload["iat"] = unix_seconds(claims.issued_at);
  payload["nbf"] = unix_seconds(claims.not_before);
  payload["exp"] = unix_seconds(claims.expires_at);
  if (!claims.id.empty()) payload["jti"] = claims.id;
  for (const auto& [name, value] : claims.other.items()) payload[name] = value;
  std::string token = crypto::base64url(json::dump(header));
  token.append(".").append(crypto::base64url(json::dump(payload)));
  const auto signature = key.sign(token);
  return token.append(".").append(crypto::base64url(signature));
}

Verification verify(std::string_view token, const KeySet& keys, const Expected& expected,
                    Timestamp now) {
  try {
    return verify_or_throw(token, keys, expected, now);
  } catch (const std::exception&) {  // no JSON, most likely: whoever sends it is a stranger
    return {};
  }
}

}  // namespace mercato::auth
