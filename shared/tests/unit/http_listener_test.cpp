#include "mercato/http/inbound/listener.hpp"

#include <arpa/inet.h>

#include <support/catch.hpp>

using mercato::http::inbound::connections_within;
using mercato::http::inbound::is_internal;

namespace {

/// The peer at an IPv6 address, or at an IPv4 one that is written as such.
sockaddr_in6 peer_at(const char* address) {
  sockaddr_in6 peer{};
  peer.sin6_family = AF_INET6;
  REQUIRE(inet_pton(AF_INET6, address, &peer.sin6_addr) == 1);
  return peer;
}

}  // namespace

TEST_CASE("connections leave descriptors for everything else", "[http]") {
  CHECK(connections_within(20'256) == 20'000);
  CHECK(connections_within(20'000) == 19'744);
  CHECK(connections_within(300) == 150);
}

TEST_CASE("a gateway is at a private address", "[http]") {
  for (const char* const address :
       {"::1", "fe80::1", "fc00::1", "fdff::1", "::ffff:127.0.0.1", "::ffff:10.255.0.1",
        "::ffff:172.16.0.1", "::ffff:172.31.255.255", "::ffff:192.168.1.1", "::ffff:100.64.0.0",
        "::ffff:100.127.255.255"}) {
    CAPTURE(address);
    CHECK(is_internal(peer_at(address)));
  }
  for (const char* const address :
       {"2001:db8::1", "fe00::1", "::ffff:172.15.0.1", "::ffff:172.32.0.1", "::ffff:192.169.0.1",
        "::ffff:100.63.255.255", "::ffff:100.128.0.0", "::ffff:203.0.113.1"}) {
    CAPTURE(address);
    CHECK_FALSE(is_internal(peer_at(address)));
  }
}
