#include "security/sealed_refresh_tokens.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <utility>

#include <mercato/crypto/crypto.hpp>

namespace user::security {
namespace {

namespace crypto = mercato::crypto;

constexpr std::size_t kIdBytes = 16;
constexpr std::size_t kSecretBytes = 32;
constexpr std::size_t kContentBytes = kIdBytes + kSecretBytes;
constexpr std::size_t kTagBytes = 16;
constexpr std::string_view kTagPurpose = "mercato refresh token tag";
constexpr std::string_view kSealPurpose = "mercato refresh token successor";

std::string bytes_of(SessionId session) {
  const auto& bytes = session.value().bytes();
  return {bytes.begin(), bytes.end()};
}

SessionId session_in(std::string_view content) {
  std::array<std::uint8_t, kIdBytes> bytes{};
  std::copy_n(content.begin(), kIdBytes, bytes.begin());
  return SessionId(mercato::Uuid(bytes));
}

/// Whoever has the token can make it; the database, which has its hash, cannot.
std::string seal_key_of(const RefreshToken& token) {
  return crypto::hmac_sha256(token.text, kSealPurpose);
}

}  // namespace

SealedRefreshTokens::SealedRefreshTokens(std::string_view key)
    : tag_key_(crypto::hmac_sha256(key, kTagPurpose)) {}

RefreshToken SealedRefreshTokens::make(SessionId session) {
  const auto content = bytes_of(session) + crypto::random_bytes(kSecretBytes);
  auto text = crypto::base64url(content + tag_of(content));
  auto hash = crypto::sha256(text);
  return {std::move(text), session, std::move(hash)};
}

std::optional<RefreshToken> SealedRefreshTokens::recognise(std::string_view text) {
  const auto bytes = crypto::parse_base64url(text);
  if (!bytes || bytes->size() != kContentBytes + kTagBytes) return std::nullopt;
  const auto content = std::string_view(*bytes).substr(0, kContentBytes);
  const auto tag = std::string_view(*bytes).substr(kContentBytes);
  if (!crypto::equal_constant_time(tag, tag_of(content))) return std::nullopt;
  return RefreshToken{std::string(text), session_in(content), crypto::sha256(text)};
}

std::string SealedRefreshTokens::seal(const TokenPair& pair, const RefreshToken& shown) {
  // Neither token holds a blank.
  const auto plain =
      std::to_string(pair.expires_in.count()) + " " + pair.access_token + " " + pair.refresh_token;
  return crypto::seal(plain, seal_key_of(shown), shown.session.str());
}

std::optional<TokenPair> SealedRefreshTokens::unseal(std::string_view sealed,
                                                     const RefreshToken& shown) {
  const auto plain = crypto::unseal(sealed, seal_key_of(shown), shown.session.str());
  if (!plain) return std::nullopt;
  const auto first = plain->find(' ');
  const auto second = plain->find(' ', first + 1);
  if (first == std::string::npos || second == std::string::npos) return std::nullopt;
  std::int64_t seconds = 0;
  std::from_chars(plain->data(), plain->data() + first, seconds);
  return TokenPair{plain->substr(first + 1, second - first - 1), std::chrono::seconds(seconds),
                   plain->substr(second + 1)};
}

std::string SealedRefreshTokens::tag_of(std::string_view content) const {
  return crypto::hmac_sha256(tag_key_, content).substr(0, kTagBytes);
}

}  // namespace user::security
