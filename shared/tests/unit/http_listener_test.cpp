#include "mercato/http/inbound/listener.hpp"

#include <support/catch.hpp>

using mercato::http::inbound::connections_within;

TEST_CASE("connections leave descriptors for everything else", "[http]") {
  CHECK(connections_within(20'256) == 20'000);
  CHECK(connections_within(20'000) == 19'744);
  CHECK(connections_within(300) == 150);
}
