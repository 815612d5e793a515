#include <stdexcept>

#include "mercato/crypto/bytes.hpp"
#include "mercato/crypto/crypto.hpp"
#include "mercato/crypto/sodium.hpp"

namespace mercato::crypto {
namespace {

constexpr std::size_t kKeyBytes = crypto_aead_xchacha20poly1305_ietf_KEYBYTES;
constexpr std::size_t kNonceBytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t kTagBytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;

void require_key_length(std::string_view key) {
  if (key.size() != kKeyBytes) throw std::invalid_argument("a sealing key has 32 bytes");
}

}  // namespace

std::string seal(std::string_view plain, std::string_view key, std::string_view context) {
  require_key_length(key);
  // A nonce of 24 bytes is long enough to be drawn at random for ever.
  std::string sealed = random_bytes(kNonceBytes);
  sealed.resize(kNonceBytes + plain.size() + kTagBytes);
  auto* const nonce = as_bytes(sealed);
  crypto_aead_xchacha20poly1305_ietf_encrypt(nonce + kNonceBytes, nullptr, as_bytes(plain),
                                             plain.size(), as_bytes(context), context.size(),
                                             nullptr, nonce, as_bytes(key));
  return sealed;
}

std::optional<std::string> unseal(std::string_view sealed, std::string_view key,
                                  std::string_view context) {
  require_sodium();
  require_key_length(key);
  if (sealed.size() < kNonceBytes + kTagBytes) return std::nullopt;
  const auto* const nonce = as_bytes(sealed);
  std::string plain(sealed.size() - kNonceBytes - kTagBytes, '\0');
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(
          as_bytes(plain), nullptr, nullptr, nonce + kNonceBytes, sealed.size() - kNonceBytes,
          as_bytes(context), context.size(), nonce, as_bytes(key)) != 0) {
    return std::nullopt;
  }
  return plain;
}

}  // namespace mercato::crypto
