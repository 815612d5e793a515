#include <support/catch.hpp>

#include "http/client_network.hpp"

using namespace user::api;

TEST_CASE("one customer of a network is one address", "[client_network]") {
  CHECK(client_network("192.0.2.7") == "192.0.2.7");
  CHECK(client_network("2001:db8:1:2:3:4:5:6") == "2001:db8:1:2::/64");
  CHECK(client_network("2001:db8:1:2::1") == client_network("2001:db8:1:2:ffff::9"));
  CHECK(client_network("2001:db8:1:3::1") != client_network("2001:db8:1:2::1"));
  CHECK(client_network("::1") == "::/64");
  CHECK(client_network("nonsense") == "nonsense");
}
