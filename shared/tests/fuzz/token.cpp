// Bearer tokens and key sets. Nobody can make up a signature: no token may be taken for valid.

#include <stdexcept>

#include "input.hpp"
#include "mercato/auth/jwt.hpp"
#include "mercato/crypto/crypto.hpp"

using namespace mercato;
using fuzz::promise;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto key = crypto::PrivateKey::generate();
  static const auth::KeySet keys({{"key-1", "https://issuer.example", key.public_key()}});
  const auto text = fuzz::text_of(data, size);
  const auto verified = auth::verify(text, keys, {"https://issuer.example", "shop", "at+jwt"},
                                     system_clock().now());
  promise(verified.verdict != auth::Verdict::valid);
  try {
    static_cast<void>(auth::KeySet::parse(text).find("key-1"));
  } catch (const std::invalid_argument&) {
  }
  return 0;
}
