#include <string>

#include <mercato/crypto/crypto.hpp>
#include <support/catch.hpp>

#include "http/webhook_handlers.hpp"

namespace {

using payment::api::is_signed;

const std::string kSecret = "whsec_1";
const std::string kBody = R"({"id":"evt_1"})";
const mercato::Timestamp kNow{std::chrono::seconds(1'000'000)};

std::string signature(const std::string& time, const std::string& secret = kSecret) {
  return mercato::crypto::to_hex(mercato::crypto::hmac_sha256(secret, time + "." + kBody));
}

}  // namespace

TEST_CASE("a signature of the provider is accepted within 300 seconds either way") {
  CHECK(is_signed("t=1000000,v1=" + signature("1000000"), kBody, kSecret, kNow));
  CHECK(is_signed("t=999700,v1=" + signature("999700"), kBody, kSecret, kNow));
  CHECK(is_signed("t=1000300,v1=" + signature("1000300"), kBody, kSecret, kNow));
  CHECK_FALSE(is_signed("t=999699,v1=" + signature("999699"), kBody, kSecret, kNow));
  CHECK_FALSE(is_signed("t=1000301,v1=" + signature("1000301"), kBody, kSecret, kNow));
}

TEST_CASE("one good signature among several is enough, while a secret is being changed") {
  const auto header = "t=1000000,v1=" + signature("1000000", "old") + ",v0=ab, v1=" +
                      signature("1000000");
  CHECK(is_signed(header, kBody, kSecret, kNow));
}

TEST_CASE("anything else is no signature") {
  CHECK_FALSE(is_signed("", kBody, kSecret, kNow));
  CHECK_FALSE(is_signed("t=1000000", kBody, kSecret, kNow));
  CHECK_FALSE(is_signed("v1=" + signature("1000000"), kBody, kSecret, kNow));
  CHECK_FALSE(is_signed("t=1000000x,v1=" + signature("1000000x"), kBody, kSecret, kNow));
  CHECK_FALSE(is_signed("t=1000000,v0=" + signature("1000000"), kBody, kSecret, kNow));
  CHECK_FALSE(is_signed("t=1000000,v1=" + signature("1000000"), kBody + " ", kSecret, kNow));
}
