#include <arpa/inet.h>

#include <support/catch.hpp>

#include "mercato/net/network.hpp"

using mercato::net::Network;

namespace {

bool has(const char* network, const char* address) {
  in6_addr binary{};
  REQUIRE(inet_pton(AF_INET6, address, &binary) == 1);
  return Network::parse(network).value().contains(binary);
}

}  // namespace

TEST_CASE("a network has the addresses that begin as it does", "[net]") {
  CHECK(has("203.0.113.128/25", "::ffff:203.0.113.255"));
  CHECK_FALSE(has("203.0.113.128/25", "::ffff:203.0.113.127"));
  CHECK_FALSE(has("203.0.113.128/25", "::203.0.113.129"));
  CHECK(has("2001:db8:40::/42", "2001:db8:7f:ffff::1"));
  CHECK_FALSE(has("2001:db8:40::/42", "2001:db8:80::"));
  CHECK(has("0.0.0.0/0", "::ffff:198.51.100.1"));
  CHECK_FALSE(has("0.0.0.0/0", "2001:db8::1"));
  CHECK(has("::/0", "2001:db8::1"));
}

TEST_CASE("a network without a length is one address", "[net]") {
  CHECK(has("192.0.2.1", "::ffff:192.0.2.1"));
  CHECK_FALSE(has("192.0.2.1", "::ffff:192.0.2.2"));
  CHECK(has("2001:db8::1", "2001:db8::1"));
  CHECK_FALSE(has("2001:db8::1", "2001:db8::2"));
}

TEST_CASE("what names no network is none", "[net]") {
  for (const char* const text :
       {"", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8x", "10.0.0/8", "gateway",
        "2001:db8::/129", "10.0.0.0/8/8", "10.0.0.0/4294967297"}) {
    CAPTURE(text);
    CHECK_FALSE(Network::parse(text));
  }
}
