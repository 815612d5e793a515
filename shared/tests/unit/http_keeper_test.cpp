#include "mercato/http/inbound/keeper.hpp"

#include <support/catch.hpp>

using namespace std::chrono_literals;
using mercato::http::inbound::idle_time;

TEST_CASE("idle connections stay open as long as they are to, within the grace", "[http]") {
  CHECK(idle_time(15'250ms, 250ms) == 250ms);
  CHECK(idle_time(75s, 60s) == 60s);
  CHECK(idle_time(315s, 300s) == 300s);
  CHECK(idle_time(10s, 10s) == 9s);
  CHECK(idle_time(100ms, 250ms) == 75ms);
}
