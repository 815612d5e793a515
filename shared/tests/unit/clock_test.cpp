#include <support/catch.hpp>

#include "mercato/clock/clock.hpp"

#include <chrono>

using namespace mercato;
using namespace std::chrono_literals;

TEST_CASE("a time is written in UTC with milliseconds", "[clock]") {
  CHECK(to_rfc3339(Timestamp(0us)) == "1970-01-01T00:00:00.000Z");
  CHECK(to_rfc3339(Timestamp(1'769'903'999'123'999us)) == "2026-01-31T23:59:59.123Z");
  CHECK(to_rfc3339(Timestamp(-1us)) == "1969-12-31T23:59:59.999Z");
}

TEST_CASE("a time is read with any offset and fraction", "[clock]") {
  const auto at = Timestamp(1'769'903'999'123'456us);
  CHECK(parse_rfc3339("2026-01-31T23:59:59.123456Z") == at);
  CHECK(parse_rfc3339("2026-01-31t23:59:59.123456789z") == at);
  CHECK(parse_rfc3339("2026-02-01T01:29:59.123456+01:30") == at);
  CHECK(parse_rfc3339("2026-01-31T18:59:59.123456-05:00") == at);
  CHECK(parse_rfc3339("2026-01-31 23:59:59.123456Z") == at);
  CHECK(parse_rfc3339("1969-12-31T23:59:59Z") == Timestamp(-1s));
  CHECK(parse_rfc3339("2024-02-29T00:00:00Z").has_value());
  CHECK(parse_rfc3339("0001-01-01T00:00:00Z").has_value());
  CHECK(parse_rfc3339("9999-12-31T23:59:59.999999Z").has_value());
  CHECK(parse_rfc3339("2016-12-31T23:59:60Z") == parse_rfc3339("2017-01-01T00:00:00Z"));
}

TEST_CASE("what is no time is refused", "[clock]") {
  for (const char* const text :
       {"", "2026-01-31", "2026-01-31T23:59:59", "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z",
        "2026-01-31T24:00:00Z", "2026-01-31T23:60:00Z", "2026-01-31T23:59:61Z",
        "2026-01-31T23:59:59.Z", "2026-01-31T23:59:59.1234567890Z", "2026-01-31T23:59:59+1:00",
        "2026-01-31T23:59:59+24:00", "2026-01-31T23:59:59Z ", " 2026-01-31T23:59:59Z",
        "0000-01-01T00:00:00Z", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59",
        "2026-01-31T23:59:59ZZ", "+026-01-31T23:59:59Z", "2026-1-31T23:59:59Z"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_rfc3339(text).has_value());
  }
}

TEST_CASE("every time survives being written and read", "[clock]") {
  for (std::int64_t day = -30'000; day < 30'000; day += 97) {
    const Timestamp at = Timestamp(std::chrono::days(day) + 86'399'999ms);
    CHECK(parse_rfc3339(to_rfc3339(at)) == at);
  }
}

TEST_CASE("a deadline never has less than nothing left, nor more than an hour", "[clock]") {
  CHECK(Deadline::in(-5s).remaining() == 0ms);
  CHECK(Deadline::in(-5s).expired());
  CHECK(Deadline::never().remaining() == 1h);
  CHECK_FALSE(Deadline::never().expired());
  const auto left = Deadline::in(10s).remaining();
  CHECK(left > 9s);
  CHECK(left <= 10s);
}

TEST_CASE("of two deadlines the earlier one counts", "[clock]") {
  const auto soon = Deadline::in(1s);
  CHECK(soon.earlier_of(Deadline::never()).at() == soon.at());
  CHECK(Deadline::never().earlier_of(soon).at() == soon.at());
}
