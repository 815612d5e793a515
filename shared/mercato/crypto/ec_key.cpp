#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <array>
#include <cstring>
#include <vector>

#include "mercato/crypto/bytes.hpp"
#include "mercato/crypto/crypto.hpp"
#include "mercato/crypto/openssl.hpp"

namespace mercato::crypto {
namespace {

constexpr std::size_t kCoordinateBytes = 32;
constexpr char kCurve[] = "prime256v1";  // what OpenSSL calls P-256

using Key = Owned<EVP_PKEY, EVP_PKEY_free>;
using KeyContext = Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using DigestContext = Owned<EVP_MD_CTX, EVP_MD_CTX_free>;
using Signature = Owned<ECDSA_SIG, ECDSA_SIG_free>;
using Io = Owned<BIO, BIO_free_all>;

// Looked up by name once: with OpenSSL 3 each implicit look-up costs more than hashing a token
// does.
const EVP_MD* sha256_algorithm() {
  static EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  require(algorithm != nullptr, "OpenSSL has no SHA-256");
  return algorithm;
}

bool is_p256(const EVP_PKEY* key) {
  std::array<char, 64> group{};
  return EVP_PKEY_is_a(key, "EC") == 1 &&
         EVP_PKEY_get_group_name(key, group.data(), group.size(), nullptr) == 1 &&
         std::strcmp(group.data(), kCurve) == 0;
}

std::string coordinate(const EVP_PKEY* key, const char* name) {
  BIGNUM* number = nullptr;
  require(EVP_PKEY_get_bn_param(key, name, &number) == 1, "the key has no such coordinate");
  const Owned<BIGNUM, BN_free> owner(number);
  std::array<unsigned char, kCoordinateBytes> bytes{};
  require(BN_bn2binpad(number, bytes.data(), static_cast<int>(bytes.size())) ==
              static_cast<int>(bytes.size()),
          "the coordinate is too long");
  return {bytes.begin(), bytes.end()};
}

Key make_public_key(std::string_view x, std::string_view y) {
  if (x.size() != kCoordinateBytes || y.size() != kCoordinateBytes) {
    refuse("a coordinate of P-256 has 32 bytes");
  }
  std::string point = "\x04";  // uncompressed (SEC 1 section 2.3.3)
  point.append(x).append(y);
  std::array<char, sizeof kCurve> group{};
  std::memcpy(group.data(), kCurve, sizeof kCurve);
  std::array<OSSL_PARAM, 3> parameters{
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group.data(), 0),
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()),
      OSSL_PARAM_construct_end()};
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  require(context != nullptr && EVP_PKEY_fromdata_init(context.get()) == 1,
          "OpenSSL has no elliptic curves");
  EVP_PKEY* key = nullptr;
  // Decoding the point checks that it lies on the curve, which is all there is to check for P-256.
  if (EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.data()) != 1) {
    refuse("the point is not on the curve P-256");
  }
  return Key(key);
}

// DER, as OpenSSL speaks it, to the fixed 64 bytes of RFC 7518 section 3.4.
std::string raw_signature(std::string_view der) {
  const auto* begin = as_bytes(der);
  const Signature signature(d2i_ECDSA_SIG(nullptr, &begin, static_cast<long>(der.size())));
  require(signature != nullptr, "OpenSSL made no signature");
  std::array<unsigned char, 2 * kCoordinateBytes> raw{};
  const auto size = static_cast<int>(kCoordinateBytes);
  require(BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), raw.data(), size) == size &&
              BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), raw.data() + kCoordinateBytes,
                           size) == size,
          "the signature is too long");
  return {raw.begin(), raw.end()};
}

std::vector<unsigned char> der_signature(std::string_view raw) {
  const auto size = static_cast<int>(kCoordinateBytes);
  const Signature signature(ECDSA_SIG_new());
  require(signature != nullptr, "no memory for a signature");
  Owned<BIGNUM, BN_free> r(BN_bin2bn(as_bytes(raw), size, nullptr));
  Owned<BIGNUM, BN_free> s(BN_bin2bn(as_bytes(raw.substr(kCoordinateBytes)), size, nullptr));
  require(r != nullptr && s != nullptr, "no memory for a signature");
  ECDSA_SIG_set0(signature.get(), r.release(), s.release());
  std::vector<unsigned char> der(static_cast<std::size_t>(i2d_ECDSA_SIG(signature.get(), nullptr)));
  auto* begin = der.data();
  i2d_ECDSA_SIG(signature.get(), &begin);
  return der;
}

// Without this, OpenSSL would ask for the pass phrase of an encrypted key on the terminal.
int refuse_pass_phrase(char*, int, int, void*) {
  return -1;
}

}  // namespace

struct PublicKey::Impl {
  Key key;
};
struct PrivateKey::Impl {
  Key key;
};

PublicKey PublicKey::from_coordinates(std::string_view x, std::string_view y) {
  PublicKey result;
  result.impl_ = std::make_shared<const Impl>(Impl{make_public_key(x, y)});
  return result;
}

std::string PublicKey::x() const {
  return impl_ ? coordinate(impl_->key.get(), OSSL_PKEY_PARAM_EC_PUB_X) : std::string();
}

std::string PublicKey::y() const {
  return impl_ ? coordinate(impl_->key.get(), OSSL_PKEY_PARAM_EC_PUB_Y) : std::string();
}

bool PublicKey::verify(std::string_view message, std::string_view signature) const {
  if (!impl_ || signature.size() != 2 * kCoordinateBytes) return false;
  const auto der = der_signature(signature);
  const DigestContext context(EVP_MD_CTX_new());
  require(context != nullptr && EVP_DigestVerifyInit(context.get(), nullptr, sha256_algorithm(),
                                                     nullptr, impl_->key.get()) == 1,
          "OpenSSL cannot verify");
  const bool genuine = EVP_DigestVerify(context.get(), der.data(), der.size(), as_bytes(message),
                                        message.size()) == 1;
  if (!genuine) ERR_clear_error();
  return genuine;
}

PrivateKey PrivateKey::generate() {
  Key key(EVP_EC_gen(kCurve));
  require(key != nullptr, "OpenSSL cannot generate a key");
  return PrivateKey(std::make_shared<const Impl>(Impl{std::move(key)}));
}

PrivateKey PrivateKey::from_pem(std::string_view pem) {
  if (pem.empty()) refuse("no private key in an empty file");
  const Io input(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  require(input != nullptr, "no memory for a key");
  Key key(PEM_read_bio_PrivateKey(input.get(), nullptr, refuse_pass_phrase, nullptr));
  if (!key || !is_p256(key.get())) refuse("no unencrypted private key on P-256 in PEM");
  return PrivateKey(std::make_shared<const Impl>(Impl{std::move(key)}));
}

std::string PrivateKey::to_pem() const {
  const Io output(BIO_new(BIO_s_mem()));
  require(
      output != nullptr && PEM_write_bio_PKCS8PrivateKey(output.get(), impl_->key.get(), nullptr,
                                                         nullptr, 0, nullptr, nullptr) == 1,
      "OpenSSL cannot write the key");
  char* data = nullptr;
  const auto size = BIO_get_mem_data(output.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

PublicKey PrivateKey::public_key() const {
  return PublicKey::from_coordinates(coordinate(impl_->key.get(), OSSL_PKEY_PARAM_EC_PUB_X),
                                     coordinate(impl_->key.get(), OSSL_PKEY_PARAM_EC_PUB_Y));
}

std::string PrivateKey::sign(std::string_view message) const {
  const DigestContext context(EVP_MD_CTX_new());
  std::array<char, 80> der{};  // a DER signature on P-256 has at most 72 bytes
  std::size_t size = der.size();
  require(context != nullptr &&
              EVP_DigestSignInit(context.get(), nullptr, sha256_algorithm(), nullptr,
                                 impl_->key.get()) == 1 &&
              EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(der.data()), &size,
                             as_bytes(message), message.size()) == 1,
          "OpenSSL cannot sign");
  return raw_signature({der.data(), size});
}

}  // namespace mercato::crypto
