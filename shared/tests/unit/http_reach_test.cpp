#include <mercato/http/outbound/reach.hpp>
#include <mercato/net/socket_address.hpp>

#include <string>

#include <support/catch.hpp>

using namespace mercato::http::outbound;

namespace {

Reach reach(const std::string& host) {
  const auto address = mercato::net::SocketAddress::literal(host, 443);
  REQUIRE(address);
  return reach_of(address->get());
}

}  // namespace

TEST_CASE("public addresses lead to the internet", "[http][reach]") {
  const std::string host = GENERATE(
      as<std::string>(), "8.8.8.8", "1.1.1.1", "100.63.255.255", "100.128.0.0", "172.15.255.255",
      "172.32.0.1", "192.0.1.1", "198.17.255.255", "198.20.0.1", "223.255.255.255",
      "2606:4700:4700::1111", "2a00:1450:4001:80b::200e", "2001:4860:4860::8888", "::ffff:8.8.8.8");
  INFO(host);
  CHECK(reach(host) == Reach::internet);
}

TEST_CASE("loopback is known in every spelling", "[http][reach]") {
  const std::string host = GENERATE(as<std::string>(), "127.0.0.1", "127.255.255.254", "127.1",
                                    "2130706433", "0x7f000001", "0177.0.0.1", "::1",
                                    "0:0:0:0:0:0:0:1", "::ffff:127.0.0.1", "::ffff:7f00:1");
  INFO(host);
  CHECK(reach(host) == Reach::loopback);
}

TEST_CASE("what is neither is internal", "[http][reach]") {
  const std::string host = GENERATE(
      as<std::string>(), "0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "169.254.169.254",
      "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.168.1.1", "198.18.0.1", "198.51.100.7",
      "203.0.113.7", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::", "::127.0.0.1", "fe80::1",
      "fc00::1", "fd00:ec2::254", "ff02::1", "64:ff9b::7f00:1", "100::1", "2001::1", "2001:db8::1",
      "2002:7f00:1::", "3fff::1", "::ffff:10.0.0.1", "::ffff:169.254.169.254");
  INFO(host);
  CHECK(reach(host) == Reach::internal);
}
