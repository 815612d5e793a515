#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace mercato::crypto {

[[nodiscard]] std::string random_bytes(std::size_t count);
[[nodiscard]] std::string sha256(std::string_view bytes);  // 32 raw bytes
[[nodiscard]] std::string hmac_sha256(std::string_view key, std::string_view bytes);
[[nodiscard]] bool equal_constant_time(std::string_view a, std::string_view b);

[[nodiscard]] std::string to_hex(std::string_view bytes);
[[nodiscard]] std::string base64url(std::string_view bytes);  // no padding
/// Strict: no padding, no white space, unused bits zero (RFC 7515 needs one form only).
[[nodiscard]] std::optional<std::string> parse_base64url(std::string_view text);
[[nodiscard]] std::string base64(std::string_view bytes);
[[nodiscard]] std::optional<std::string> parse_base64(std::string_view text);

/// Argon2id (RFC 9106), 19 MiB, t = 2: 12 to 15 ms. The caller bounds how many run at once.
[[nodiscard]] std::string hash_password(std::string_view password);
[[nodiscard]] bool verify_password(std::string_view password, const std::string& hash);

/// Authenticated encryption with a 32-byte key (XChaCha20-Poly1305, random nonce in front).
/// `context` is authenticated but not stored. Throws std::invalid_argument for any other key
/// length.
[[nodiscard]] std::string seal(std::string_view plain, std::string_view key,
                               std::string_view context);
/// Nothing if the key, the context or a bit is wrong.
[[nodiscard]] std::optional<std::string> unseal(std::string_view sealed, std::string_view key,
                                                std::string_view context);

/// An EC P-256 key for ES256 (RFC 7518 section 3.4). Copyable, immutable, any thread. One that was
/// made without coordinates holds no key: it verifies nothing.
class PublicKey {
 public:
  /// From the JWK's x and y, 32 bytes each. Throws std::invalid_argument if off the curve.
  [[nodiscard]] static PublicKey from_coordinates(std::string_view x, std::string_view y);
  [[nodiscard]] std::string x() const;
  [[nodiscard]] std::string y() const;
  /// `signature` is the raw 64 bytes of JWS.
  [[nodiscard]] bool verify(std::string_view message, std::string_view signature) const;

 private:
  friend class PrivateKey;
  struct Impl;
  std::shared_ptr<const Impl> impl_;
};

/// Copyable (copies share one key), immutable, any thread.
class PrivateKey {
 public:
  [[nodiscard]] static PrivateKey generate();
  /// From an unencrypted PEM, PKCS#8 or SEC1. Throws std::invalid_argument if it holds no such key.
  [[nodiscard]] static PrivateKey from_pem(std::string_view pem);
  [[nodiscard]] std::string to_pem() const;  // PKCS#8
  [[nodiscard]] PublicKey public_key() const;
  [[nodiscard]] std::string sign(std::string_view message) const;  // raw 64 bytes

 private:
  struct Impl;
  explicit PrivateKey(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  std::shared_ptr<const Impl> impl_;
};

}  // namespace mercato::crypto
