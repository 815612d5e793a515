#include <mercato/auth/jwt.hpp>

#include <functional>
#include <stdexcept>
#include <string>
#include <utility>

#include <support/catch.hpp>

using namespace mercato;
using namespace mercato::auth;
using namespace std::chrono_literals;

namespace {

const Timestamp kNow = std::chrono::sys_days(std::chrono::year(2026) / 1 / 31) + 12h;
const Expected kExpected{"https://issuer.example", "shop", "at+jwt"};

// One issuer with one key, and what an attacker can do with the public half of it.
struct Issuer {
  crypto::PrivateKey key = crypto::PrivateKey::generate();
  KeySet keys{{{"kid-1", "", key.public_key()}}};

  static Claims claims() {
    Claims claims;
    claims.issuer = kExpected.issuer;
    claims.subject = "0190a0a0-0000-7000-8000-000000000000";
    claims.audience = kExpected.audience;
    claims.issued_at = kNow;
    claims.not_before = kNow;
    claims.expires_at = kNow + 15min;
    claims.id = "token-1";
    claims.other["role"] = "customer";
    return claims;
  }

  [[nodiscard]] std::string token() const { return token(claims()); }
  [[nodiscard]] std::string token(const Claims& claims) const {
    return sign(claims, "kid-1", key, kExpected.typ);
  }
  // Properly signed, whatever it says.
  [[nodiscard]] std::string signed_as_is(const std::string& header,
                                         const std::string& payload) const {
    auto text = crypto::base64url(header) + "." + crypto::base64url(payload);
    return text + "." + crypto::base64url(key.sign(text));
  }
  [[nodiscard]] Verdict judge(const std::string& token, Timestamp now = kNow) const {
    return verify(token, keys, kExpected, now).verdict;
  }
};

const Issuer& issuer() {
  static const Issuer issuer;
  return issuer;
}

std::string part(const std::string& token, int index) {
  std::string rest = token;
  for (int i = 0; i < index; ++i) rest = rest.substr(rest.find('.') + 1);
  return rest.substr(0, rest.find('.'));
}

std::string payload_of(const Claims& claims) {
  return *crypto::parse_base64url(part(issuer().token(claims), 1));
}

const std::string kHeader = R"({"alg":"ES256","typ":"at+jwt","kid":"kid-1"})";

std::string with_header(const std::string& header) {
  return issuer().signed_as_is(header, payload_of(Issuer::claims()));
}

std::string with_payload(const std::string& payload) {
  return issuer().signed_as_is(kHeader, payload);
}

std::string with_claims(const std::function<void(Claims&)>& change) {
  auto claims = Issuer::claims();
  change(claims);
  return issuer().token(claims);
}

std::string with_raw_claims(const std::function<void(json::Value&)>& change) {
  auto payload = json::parse(payload_of(Issuer::claims()));
  change(payload);
  return with_payload(payload.dump());
}

}  // namespace

TEST_CASE("a token brings back what was signed", "[auth][unit]") {
  const auto verification = verify(issuer().token(), issuer().keys, kExpected, kNow);
  REQUIRE(verification.verdict == Verdict::valid);
  CHECK(verification.claims.issuer == kExpected.issuer);
  CHECK(verification.claims.subject == "0190a0a0-0000-7000-8000-000000000000");
  CHECK(verification.claims.audience == "shop");
  CHECK(verification.claims.issued_at == kNow);
  CHECK(verification.claims.not_before == kNow);
  CHECK(verification.claims.expires_at == kNow + 15min);
  CHECK(verification.claims.id == "token-1");
  CHECK(verification.claims.other == json::Value{{"role", "customer"}});
}

TEST_CASE("a token says what RFC 7515 and RFC 9068 want", "[auth][unit]") {
  const auto token = issuer().token();
  CHECK(*crypto::parse_base64url(part(token, 0)) == kHeader);
  CHECK(*crypto::parse_base64url(part(token, 1)) ==
        R"({"iss":"https://issuer.example","sub":"0190a0a0-0000-7000-8000-000000000000",)"
        R"("aud":"shop","iat":1769860800,"nbf":1769860800,"exp":1769861700,"jti":"token-1",)"
        R"("role":"customer"})");
  CHECK(crypto::parse_base64url(part(token, 2))->size() == 64);
}

TEST_CASE("a token counts from its beginning to its end", "[auth][unit]") {
  const auto token = issuer().token();
  CHECK(issuer().judge(token, kNow) == Verdict::valid);
  CHECK(issuer().judge(token, kNow - 5s) == Verdict::valid);
  CHECK(issuer().judge(token, kNow - 6s) == Verdict::wrong_claims);
  CHECK(issuer().judge(token, kNow + 15min - 1us) == Verdict::valid);
  CHECK(issuer().judge(token, kNow + 15min) == Verdict::expired);
  CHECK(issuer().judge(with_claims([](Claims& c) { c.not_before = kNow + 1h; })) ==
        Verdict::wrong_claims);
  CHECK(issuer().judge(with_claims([](Claims& c) { c.issued_at = kNow + 1h; })) ==
        Verdict::wrong_claims);
}

TEST_CASE("the algorithm is not the sender's to choose", "[auth][unit]") {
  const auto payload = crypto::base64url(payload_of(Issuer::claims()));
  for (const std::string algorithm : {"none", "None", "NONE", ""}) {
    const auto header = R"({"alg":")" + algorithm + R"(","typ":"at+jwt","kid":"kid-1"})";
    CHECK(issuer().judge(crypto::base64url(header) + "." + payload + ".") == Verdict::malformed);
    CHECK(issuer().judge(with_header(header)) == Verdict::malformed);
  }
  // HS256 with the public key, which everybody has, as the secret.
  const auto hs256 = crypto::base64url(R"({"alg":"HS256","typ":"at+jwt","kid":"kid-1"})");
  const auto text = hs256 + "." + payload;
  for (const auto& secret :
       {issuer().keys.to_jwks(), issuer().keys.keys()[0].key.x(),
        "\x04" + issuer().keys.keys()[0].key.x() + issuer().keys.keys()[0].key.y()}) {
    const auto mac = crypto::base64url(crypto::hmac_sha256(secret, text));
    CHECK(issuer().judge(text + "." + mac) == Verdict::malformed);
  }
  CHECK(issuer().judge(with_header(R"({"alg":"ES384","typ":"at+jwt","kid":"kid-1"})")) ==
        Verdict::malformed);
  CHECK(issuer().judge(with_header(R"({"alg":["ES256"],"typ":"at+jwt","kid":"kid-1"})")) ==
        Verdict::malformed);
}

TEST_CASE("a header that brings a key or an order of its own is refused", "[auth][unit]") {
  for (const std::string extra :
       {R"("jwk":{"kty":"EC","crv":"P-256","x":"AA","y":"AA"})", R"("jku":"https://evil.example")",
        R"("x5u":"https://evil.example")", R"("x5c":["AA"])", R"("x5t":"AA")", R"("crit":["exp"])",
        R"("b64":false)", R"("cty":"JWT")", R"("alg":"ES256")"}) {
    INFO(extra);
    CHECK(issuer().judge(with_header(R"({"alg":"ES256","typ":"at+jwt","kid":"kid-1",)" + extra +
                                     "}")) == Verdict::malformed);
  }
}

TEST_CASE("a header without type or key, or with another's, is refused", "[auth][unit]") {
  for (const std::string header :
       {R"({"alg":"ES256","kid":"kid-1"})", R"({"alg":"ES256","typ":"at+jwt"})",
        R"({"typ":"at+jwt","kid":"kid-1"})", R"({"alg":"ES256","typ":"JWT","kid":"kid-1"})",
        R"({"alg":"ES256","typ":"svc+jwt","kid":"kid-1"})",
        R"({"alg":"ES256","typ":"rt+jwt","kid":"kid-1"})",
        R"({"alg":"ES256","typ":"at+jwt","kid":1})", R"({"alg":"ES256","typ":"at+jwt","kid":null})",
        "[]", "null", "\"ES256\"", "", "{", R"({"alg":"ES256","typ":"at+jwt","kid":"kid-1"}{})"}) {
    INFO(header);
    CHECK(issuer().judge(with_header(header)) == Verdict::malformed);
  }
}

TEST_CASE("an unknown key is told apart, for the sake of rotation", "[auth][unit]") {
  for (const std::string kid : {"kid-2", "", "../../etc/passwd", "' OR 1=1 --"}) {
    CHECK(issuer().judge(with_header(R"({"alg":"ES256","typ":"at+jwt","kid":")" + kid + "\"}")) ==
          Verdict::unknown_key);
  }
}

TEST_CASE("another's signature does not hold", "[auth][unit]") {
  const auto forged = sign(Issuer::claims(), "kid-1", crypto::PrivateKey::generate(), "at+jwt");
  CHECK(issuer().judge(forged) == Verdict::bad_signature);
}

TEST_CASE("no single bit of a token can be changed", "[auth][unit]") {
  const auto token = issuer().token();
  for (std::size_t at = 0; at < token.size(); ++at) {
    for (const int bit : {1, 2, 32}) {
      auto altered = token;
      altered[at] = static_cast<char>(altered[at] ^ bit);
      if (issuer().judge(altered) == Verdict::valid) FAIL("bit " << bit << " at " << at);
    }
  }
}

TEST_CASE("a token that was cut or grew is refused", "[auth][unit]") {
  const auto token = issuer().token();
  for (std::size_t size = 0; size < token.size(); ++size) {
    if (issuer().judge(token.substr(0, size)) == Verdict::valid) FAIL("valid at " << size);
  }
  for (const std::string extra : {"A", "AA", "AAAA", "=", "==", ".", ".AAAA", " ", "\n"}) {
    INFO(extra);
    CHECK(issuer().judge(token + extra) != Verdict::valid);
    CHECK(issuer().judge(extra + token) != Verdict::valid);
  }
  CHECK(issuer().judge(std::string("\0", 1) + token) != Verdict::valid);
  CHECK(issuer().judge(std::string(1'000'000, 'A')) == Verdict::malformed);
  CHECK(issuer().judge(std::string(1'000'000, '.')) == Verdict::malformed);
  CHECK(issuer().judge(with_claims([](Claims& c) { c.id = std::string(9'000, 'x'); })) ==
        Verdict::malformed);
}

TEST_CASE("a signature has one form only", "[auth][unit]") {
  const auto token = issuer().token();
  const auto text = token.substr(0, token.rfind('.') + 1);
  const auto raw = *crypto::parse_base64url(part(token, 2));
  // The last character carries four unused bits: setting them would decode to the same bytes.
  auto twin = token;
  twin.back() = twin.back() == 'A' ? 'B' : static_cast<char>(twin.back() + 1);
  CHECK(issuer().judge(twin) != Verdict::valid);
  CHECK(issuer().judge(text + crypto::base64(raw)) != Verdict::valid);
  CHECK(issuer().judge(text + crypto::base64url(std::string(64, '\0'))) == Verdict::bad_signature);
  CHECK(issuer().judge(text + crypto::base64url(raw + '\0')) == Verdict::bad_signature);
  CHECK(issuer().judge(text) == Verdict::bad_signature);
}

TEST_CASE("a token for somebody else, or by somebody else, is refused", "[auth][unit]") {
  const std::vector<std::function<void(Claims&)>> changes{
      [](Claims& c) { c.audience = "other"; },
      [](Claims& c) { c.audience = ""; },
      [](Claims& c) { c.audience = "SHOP"; },
      [](Claims& c) { c.issuer = "https://evil.example"; },
      [](Claims& c) { c.issuer = "https://issuer.example/"; },
      [](Claims& c) { c.issuer = ""; }};
  for (const auto& change : changes) {
    CHECK(issuer().judge(with_claims(change)) == Verdict::wrong_claims);
  }
}

TEST_CASE("claims must be there, in their types and in range", "[auth][unit]") {
  for (const std::string name : {"iss", "aud", "exp", "nbf", "iat"}) {
    INFO(name);
    CHECK(issuer().judge(with_raw_claims([&](auto& p) { p.erase(name); })) ==
          Verdict::wrong_claims);
    CHECK(issuer().judge(with_raw_claims([&](auto& p) { p[name] = nullptr; })) ==
          Verdict::wrong_claims);
    CHECK(issuer().judge(with_raw_claims([&](auto& p) { p[name] = json::Value::array(); })) ==
          Verdict::wrong_claims);
  }
  for (const std::string name : {"exp", "nbf", "iat"}) {
    INFO(name);
    for (const json::Value& bad :
         {json::Value(-1), json::Value(1.5e300), json::Value(1769860800.5),
          json::Value("1769860800"), json::Value(INT64_MAX), json::Value(UINT64_MAX),
          json::Value(INT64_MIN), json::Value(253'402'300'800)}) {
      INFO(bad);
      CHECK(issuer().judge(with_raw_claims([&](auto& p) { p[name] = bad; })) ==
            Verdict::wrong_claims);
    }
  }
  CHECK(issuer().judge(with_raw_claims([](auto& p) {
    p["aud"] = {"shop", "other"};
  })) == Verdict::wrong_claims);
  CHECK(issuer().judge(with_raw_claims([](auto& p) { p["sub"] = 1; })) == Verdict::wrong_claims);
}

TEST_CASE("a payload that is no plain JSON object is refused", "[auth][unit]") {
  const std::string twice =
      R"({"iss":"https://issuer.example","aud":"shop","iat":1769860800,"nbf":1769860800,)"
      R"("exp":1769861700,"exp":1869861700})";
  std::string deep(10'000 / 4, '[');
  for (const auto& payload :
       {std::string(), std::string("null"), std::string("[]"), twice, deep,
        std::string("{\"iss\":\"\xff\"}"), payload_of(Issuer::claims()) + "x"}) {
    INFO(payload.substr(0, 100));
    CHECK(issuer().judge(with_payload(payload)) == Verdict::malformed);
  }
}

TEST_CASE("a key of a set with issuers speaks for its own issuer only", "[auth][unit]") {
  const auto alpha = crypto::PrivateKey::generate();
  const auto beta = crypto::PrivateKey::generate();
  const KeySet keys{{{"a", "alpha", alpha.public_key()},
                     {"b", "beta", beta.public_key()},
                     {"c", "", beta.public_key()}}};
  const Expected expected{"", "gamma", "svc+jwt"};
  auto claims = Issuer::claims();
  claims.audience = "gamma";
  claims.issuer = "alpha";
  CHECK(verify(sign(claims, "a", alpha, "svc+jwt"), keys, expected, kNow).verdict ==
        Verdict::valid);
  CHECK(verify(sign(claims, "b", beta, "svc+jwt"), keys, expected, kNow).verdict ==
        Verdict::wrong_claims);
  CHECK(verify(sign(claims, "a", beta, "svc+jwt"), keys, expected, kNow).verdict ==
        Verdict::bad_signature);
  claims.issuer = "";
  CHECK(verify(sign(claims, "c", beta, "svc+jwt"), keys, expected, kNow).verdict ==
        Verdict::wrong_claims);
}

TEST_CASE("a key set survives its way through JSON", "[auth][unit]") {
  const auto key = crypto::PrivateKey::generate();
  const KeySet keys{{{"a", "alpha", key.public_key()}, {"b", "", key.public_key()}}};
  const auto parsed = KeySet::parse(keys.to_jwks());
  REQUIRE(parsed.keys().size() == 2);
  REQUIRE(parsed.find("a") != nullptr);
  CHECK(parsed.find("a")->issuer == "alpha");
  CHECK(parsed.find("b")->issuer.empty());
  CHECK(parsed.find("b")->key.x() == key.public_key().x());
  CHECK(parsed.find("c") == nullptr);
  CHECK(parsed.to_jwks() == keys.to_jwks());
  CHECK(KeySet().to_jwks() == R"({"keys":[]})");
}

TEST_CASE("keys of other kinds are passed over", "[auth][unit]") {
  const auto key = crypto::PrivateKey::generate();
  const auto good = json::parse(KeySet{{{"a", "", key.public_key()}}}.to_jwks())["keys"][0];
  const std::vector<std::pair<std::string, json::Value>> changes{
      {"kty", "RSA"}, {"crv", "P-384"}, {"use", "enc"}, {"alg", "ES384"}, {"kid", ""},
      {"kid", 1},     {"x", good["y"]}, {"x", "AA"},    {"y", nullptr},   {"x", "not base64url!"}};
  auto list = json::Value::array();
  for (const auto& [name, value] : changes) {
    auto other = good;
    other[name] = value;
    list.push_back(other);
  }
  list.push_back("no object");
  list.push_back(good);
  const auto keys = KeySet::parse(json::Value{{"keys", list}}.dump());
  CHECK(keys.keys().size() == 1);
}

TEST_CASE("what is no key set is refused", "[auth][unit]") {
  for (const std::string bad : {"", "[]", "{}", R"({"keys":{}})", R"({"keys":null})", "<html>",
                                R"({"keys":[],"keys":[]})"}) {
    INFO(bad);
    CHECK_THROWS_AS(KeySet::parse(bad), std::invalid_argument);
  }
}
