#include <support/catch.hpp>

#include "mercato/events/cloud_event.hpp"

using namespace mercato;

namespace {

json::Value an_event() {
  return {{"specversion", "1.0"},
          {"id", "01890a5d-ac96-774b-bcce-b302099a8057"},
          {"source", "/orders"},
          {"type", "order.confirmed"},
          {"subject", "a"},
          {"time", "2026-01-31T12:00:00Z"},
          {"sequence", "3"},
          {"aggregateversion", 2},
          {"datacontenttype", "application/json"},
          {"data", json::Value::object()}};
}

bool is_read_with(const char* member, json::Value value) {
  auto event = an_event();
  event[member] = std::move(value);
  return events::parse_cloud_event(json::dump(event)).has_value();
}

}  // namespace

TEST_CASE("an entry of a stream is read as the event that it is", "[events]") {
  const auto event = events::parse_cloud_event(json::dump(an_event()));
  REQUIRE(event);
  CHECK(event->type == "order.confirmed");
  CHECK(event->aggregate == "a");
  CHECK(event->version == 2);
  CHECK(event->sequence == 3);
}

TEST_CASE("what no outbox writes is no event", "[events]") {
  CHECK_FALSE(is_read_with("aggregateversion", 0));
  CHECK_FALSE(is_read_with("aggregateversion", -1));
  CHECK_FALSE(is_read_with("aggregateversion", "2"));
  CHECK_FALSE(is_read_with("sequence", "0"));
  CHECK_FALSE(is_read_with("sequence", "3 "));
  CHECK_FALSE(is_read_with("sequence", 3));
  CHECK_FALSE(is_read_with("type", ""));
  CHECK_FALSE(is_read_with("id", "a"));
  CHECK_FALSE(is_read_with("specversion", "2.0"));
  CHECK_FALSE(events::parse_cloud_event("{"));
}
