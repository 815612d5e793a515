#include <stdexcept>

#include "mercato/crypto/bytes.hpp"
#include "mercato/crypto/crypto.hpp"
#include "mercato/crypto/sodium.hpp"

namespace mercato::crypto {

void require_sodium() {
  static const int result = sodium_init();  // 1 means that somebody else was first, which is fine
  if (result < 0) throw std::runtime_error("libsodium cannot be initialised");
}

std::string random_bytes(std::size_t count) {
  require_sodium();
  std::string bytes(count, '\0');
  randombytes_buf(bytes.data(), bytes.size());
  return bytes;
}

std::string sha256(std::string_view bytes) {
  require_sodium();
  std::string digest(crypto_hash_sha256_BYTES, '\0');
  crypto_hash_sha256(as_bytes(digest), as_bytes(bytes), bytes.size());
  return digest;
}

std::string hmac_sha256(std::string_view key, std::string_view bytes) {
  require_sodium();
  // The multi-part form is the one that takes keys of any length (RFC 2104).
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, as_bytes(key), key.size());
  crypto_auth_hmacsha256_update(&state, as_bytes(bytes), bytes.size());
  std::string code(crypto_auth_hmacsha256_BYTES, '\0');
  crypto_auth_hmacsha256_final(&state, as_bytes(code));
  sodium_memzero(&state, sizeof state);
  return code;
}

bool equal_constant_time(std::string_view a, std::string_view b) {
  require_sodium();
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace mercato::crypto
