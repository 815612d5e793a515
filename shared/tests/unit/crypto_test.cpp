#include <mercato/crypto/crypto.hpp>

#include <sys/resource.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <limits>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <support/catch.hpp>

using namespace mercato::crypto;

namespace {

std::string bytes(std::initializer_list<int> values) {
  std::string result;
  for (const int value : values) result += static_cast<char>(value);
  return result;
}

// RFC 7515 appendix A.3: a JWS signed with ES256, and its key.
constexpr char kExampleX[] = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
constexpr char kExampleY[] = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0";
constexpr char kExampleInput[] =
    "eyJhbGciOiJFUzI1NiJ9."
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlf"
    "Q";
constexpr char kExampleSignature[] =
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

// One key twice, as `openssl ecparam -genkey` and `openssl pkcs8 -topk8` write it.
constexpr char kSec1Pem[] = R"(-----BEGIN EC PRIVATE KEY-----
MHcCAQEEIJd9trTa29yGbv7edADjLtjKTj3qaVJpYr4o/OJ7bZMuoAoGCCqGSM49
AwEHoUQDQgAEig4UfRKUYtT+ZBRjgXyBqP2a91zNJRmt3Gyy843WA7pKLQN6UVDR
UDjfzYj7yyJmboFsOh9M9ulj4f6AoVcHAw==
-----END EC PRIVATE KEY-----
)";
constexpr char kPkcs8Pem[] = R"(-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgl322tNrb3IZu/t50
AOMu2MpOPeppUmlivij84nttky6hRANCAASKDhR9EpRi1P5kFGOBfIGo/Zr3XM0l
Ga3cbLLzjdYDukotA3pRUNFQON/NiPvLImZugWw6H0z26WPh/oChVwcD
-----END PRIVATE KEY-----
)";
constexpr char kEncryptedPem[] = R"(-----BEGIN ENCRYPTED PRIVATE KEY-----
MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAh+VDZv+musSQICCAAw
DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEENZBWXivB5l2GFtEXSKfrbEEgZAM
f6fk+OkIuB5CEOpu4v5xiVgXdTA09w9lk1sf3N49pEoD2rlt5x+og/Y5pMSzBntA
Ub2Z2ajh+TburIapZSeFArSv8NqD5saDt3EWYwpThQj8GF7l5fUmdrjCLS6trppd
5EhG2rXpbTeJCYKb4XKKocQasqrHP2Qe5xdizl71K8EVu/uMUbP9y8NkA+J+mec=
-----END ENCRYPTED PRIVATE KEY-----
)";
constexpr char kOtherCurvePem[] = R"(-----BEGIN PRIVATE KEY-----
MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDC6bnCdt9d5jpx9tIyv
K0zNvROEhUXy7qIeLHZwIm0OveR1Lhb78vmNmHC7mMA3cvWhZANiAAQVY1ltYE37
9eBSBYA0yNRIvCHwao7X0GkrokPQw+e+1TtdxNBw/KRWFu0VoiyIvkML5Q89gMRB
tKUPyp3Oqs0w+6In4+8mf8XjH2q56L/06mXG74zaw8R0ef8xFTb7YLw=
-----END PRIVATE KEY-----
)";

}  // namespace

TEST_CASE("SHA-256 agrees with FIPS 180-4's examples", "[crypto][unit]") {
  CHECK(to_hex(sha256("")) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(to_hex(sha256("abc")) ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("HMAC-SHA-256 agrees with RFC 4231", "[crypto][unit]") {
  CHECK(to_hex(hmac_sha256(std::string(20, '\x0b'), "Hi There")) ==
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  CHECK(to_hex(hmac_sha256("Jefe", "what do ya want for nothing?")) ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  CHECK(to_hex(hmac_sha256(std::string(20, '\xaa'), std::string(50, '\xdd'))) ==
        "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
  CHECK(to_hex(hmac_sha256(std::string(131, '\xaa'),
                           "Test Using Larger Than Block-Size Key - Hash Key First")) ==
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST_CASE("comparison in constant time tells equal from different", "[crypto][unit]") {
  CHECK(equal_constant_time("", ""));
  CHECK(equal_constant_time("secret", "secret"));
  CHECK_FALSE(equal_constant_time("secret", "secreT"));
  CHECK_FALSE(equal_constant_time("secret", "secret "));
}

TEST_CASE("random bytes differ from call to call", "[crypto][unit]") {
  CHECK(random_bytes(32).size() == 32);
  CHECK(random_bytes(32) != random_bytes(32));
  CHECK(random_bytes(0).empty());
}

TEST_CASE("base64 agrees with RFC 4648", "[crypto][unit]") {
  const std::vector<std::pair<std::string, std::string>> vectors{{"", ""},
                                                                 {"f", "Zg=="},
                                                                 {"fo", "Zm8="},
                                                                 {"foo", "Zm9v"},
                                                                 {"foob", "Zm9vYg=="},
                                                                 {"fooba", "Zm9vYmE="},
                                                                 {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, encoded] : vectors) {
    CHECK(base64(plain) == encoded);
    CHECK(parse_base64(encoded) == plain);
    const auto unpadded = encoded.substr(0, encoded.find('='));
    CHECK(base64url(plain) == unpadded);
    CHECK(parse_base64url(unpadded) == plain);
  }
  CHECK(base64url(bytes({0xfb, 0xff})) == "-_8");
  CHECK(base64(bytes({0xfb, 0xff})) == "+/8=");
}

TEST_CASE("base64url has one form for each value", "[crypto][unit]") {
  for (const std::string bad :
       {"Zg==", "Zg=", "Z", "Zh", "Zm9", "Zm 8", "Zm8\n", "+_8", "-/8", "Zm8."}) {
    INFO(bad);
    CHECK_FALSE(parse_base64url(bad));
  }
  CHECK_FALSE(parse_base64url(std::string("Zm8\0", 4)));
  CHECK_FALSE(parse_base64("Zg"));
  CHECK_FALSE(parse_base64("Zh=="));
}

TEST_CASE("a password is verified by its own hash only", "[crypto][unit]") {
  const auto hash = hash_password("correct horse battery staple");
  CHECK(hash.rfind("$argon2id$v=19$m=19456,t=2,p=1$", 0) == 0);
  CHECK(verify_password("correct horse battery staple", hash));
  CHECK_FALSE(verify_password("correct horse battery stapl", hash));
  CHECK(hash != hash_password("correct horse battery staple"));
  CHECK_FALSE(verify_password("anything", "no hash at all"));
}

#ifndef MERCATO_SANITIZED
TEST_CASE("the memory of a hash does not come page by page", "[crypto][unit]") {
  std::ifstream file("/sys/kernel/mm/transparent_hugepage/enabled");
  const std::string modes{std::istreambuf_iterator<char>(file), {}};
  if (modes.find("[madvise]") == std::string::npos && modes.find("[always]") == std::string::npos) {
    WARN("this kernel has no huge pages");
    return;
  }
  const auto faults = [] {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return usage.ru_minflt;
  };
  // Huge pages may be few at times: one of several hashes has to get them.
  auto fewest = std::numeric_limits<long>::max();
  for (int i = 0; i < 5; ++i) {
    const auto before = faults();
    static_cast<void>(hash_password("correct horse battery staple"));
    fewest = std::min(fewest, faults() - before);
  }
  CHECK(fewest < 2'000);  // of 4,864 small ones
}
#endif

TEST_CASE("what was sealed opens with the same key and context only", "[crypto][unit]") {
  const auto key = random_bytes(32);
  const auto sealed = seal("a secret", key, "session 1");
  CHECK(unseal(sealed, key, "session 1") == "a secret");
  CHECK_FALSE(unseal(sealed, key, "session 2"));
  CHECK_FALSE(unseal(sealed, random_bytes(32), "session 1"));
  CHECK_FALSE(unseal(sealed.substr(1), key, "session 1"));
  CHECK_FALSE(unseal("", key, "session 1"));
  for (std::size_t at = 0; at < sealed.size(); ++at) {
    auto altered = sealed;
    altered[at] = static_cast<char>(altered[at] ^ 1);
    CHECK_FALSE(unseal(altered, key, "session 1"));
  }
  CHECK(sealed != seal("a secret", key, "session 1"));
  CHECK(unseal(seal("", key, ""), key, "") == "");
  CHECK_THROWS_AS(seal("a secret", "short key", ""), std::invalid_argument);
  CHECK_THROWS_AS(unseal(sealed, "short key", "session 1"), std::invalid_argument);
}

TEST_CASE("ES256 verifies the example of RFC 7515", "[crypto][unit]") {
  const auto key =
      PublicKey::from_coordinates(*parse_base64url(kExampleX), *parse_base64url(kExampleY));
  const auto signature = *parse_base64url(kExampleSignature);
  CHECK(key.verify(kExampleInput, signature));
  CHECK_FALSE(key.verify(std::string(kExampleInput) + "x", signature));
  CHECK_FALSE(key.verify(kExampleInput, signature.substr(0, 63)));
  CHECK_FALSE(key.verify(kExampleInput, signature + "x"));
  CHECK_FALSE(key.verify(kExampleInput, std::string(64, '\0')));
  CHECK_FALSE(key.verify(kExampleInput, std::string(64, '\xff')));
  CHECK(base64url(key.x()) == kExampleX);
  CHECK(base64url(key.y()) == kExampleY);
}

TEST_CASE("a point that is not on the curve is no public key", "[crypto][unit]") {
  const auto x = *parse_base64url(kExampleX);
  CHECK_THROWS_AS(PublicKey::from_coordinates(x, x), std::invalid_argument);
  CHECK_THROWS_AS(PublicKey::from_coordinates(std::string(32, '\0'), std::string(32, '\0')),
                  std::invalid_argument);
  CHECK_THROWS_AS(PublicKey::from_coordinates(x, x.substr(1)), std::invalid_argument);
  CHECK_FALSE(PublicKey().verify("message", std::string(64, '\1')));
}

TEST_CASE("a generated key signs what its public half verifies", "[crypto][unit]") {
  const auto key = PrivateKey::generate();
  const auto signature = key.sign("message");
  CHECK(signature.size() == 64);
  CHECK(key.public_key().verify("message", signature));
  CHECK_FALSE(PrivateKey::generate().public_key().verify("message", signature));
}

TEST_CASE("a private key survives its way through PEM", "[crypto][unit]") {
  const auto key = PrivateKey::generate();
  const auto pem = key.to_pem();
  CHECK(pem.rfind("-----BEGIN PRIVATE KEY-----", 0) == 0);
  CHECK(key.public_key().verify("message", PrivateKey::from_pem(pem).sign("message")));
}

TEST_CASE("SEC1 and PKCS#8 files of one key give one key", "[crypto][unit]") {
  const auto sec1 = PrivateKey::from_pem(kSec1Pem);
  const auto pkcs8 = PrivateKey::from_pem(kPkcs8Pem);
  CHECK(sec1.public_key().x() == pkcs8.public_key().x());
  CHECK(sec1.public_key().verify("message", pkcs8.sign("message")));
}

TEST_CASE("files that hold no usable private key are refused", "[crypto][unit]") {
  CHECK_THROWS_AS(PrivateKey::from_pem(""), std::invalid_argument);
  CHECK_THROWS_AS(PrivateKey::from_pem("not a PEM"), std::invalid_argument);
  CHECK_THROWS_AS(PrivateKey::from_pem(kEncryptedPem), std::invalid_argument);
  CHECK_THROWS_AS(PrivateKey::from_pem(kOtherCurvePem), std::invalid_argument);
}

TEST_CASE("one key may be used by many threads at once", "[crypto][unit]") {
  const auto key = PrivateKey::generate();
  const auto verifier = key.public_key();
  std::vector<int> failures(4);
  std::vector<std::thread> threads;
  for (auto& failed : failures) {
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) {
        const auto message = std::to_string(i);
        if (!verifier.verify(message, key.sign(message))) ++failed;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(failures == std::vector<int>(4, 0));
}
