#include <mercato/http/figures.hpp>

#include <limits>

#include <support/catch.hpp>

using namespace mercato;
using metrics::Sample;

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

Sample requests(const std::string& status, double value) {
  return {"http_server_requests_total", Sample::Kind::counter, {{"status", status}}, value, 0, {},
          {}};
}

Sample durations(std::vector<double> below) {
  const double count = below.back();
  return {"http_server_request_duration_seconds", Sample::Kind::histogram, {}, 1.0, count,
          {0.001, 0.01, kInfinity}, std::move(below)};
}

}  // namespace

TEST_CASE("the figures add all routes up", "[http][unit]") {
  const auto figures = http::figures({requests("200", 90), requests("404", 7), requests("503", 3),
                                      durations({50, 60, 60}), durations({10, 40, 40})});
  const auto& sum = figures["requests"];
  CHECK(sum["total"] == 100);
  CHECK(sum["client_errors"] == 7);
  CHECK(sum["server_errors"] == 3);
  CHECK(sum["p50_ms"] == 1.0);
  CHECK(sum["p99_ms"] == 10.0);
  CHECK(sum["below"] == json::Value({60.0, 100.0, 100.0}));
}

TEST_CASE("a quantile beyond the last bound is not made up", "[http][unit]") {
  CHECK(http::figures({durations({0, 0, 5})})["requests"]["p50_ms"].is_null());
  CHECK(http::figures({})["requests"]["p99_ms"].is_null());
}

TEST_CASE("what is not about requests is listed by name and labels", "[http][unit]") {
  const auto figures = http::figures(
      {{"queue_size", Sample::Kind::gauge, {{"queue", "a"}}, 4, 0, {}, {}},
       {"build_info", Sample::Kind::gauge, {{"version", "1.2.3"}}, 1, 0, {}, {}},
       {"query_seconds", Sample::Kind::histogram, {}, 2, 4, {0.5, kInfinity}, {4, 4}}});
  CHECK(figures["version"] == "1.2.3");
  REQUIRE(figures["metrics"].size() == 1);
  CHECK(figures["metrics"][0] ==
        json::Value({{"name", "queue_size"}, {"labels", {{"queue", "a"}}}, {"value", 4.0}}));
  CHECK(figures["timings"][0]["p99_ms"] == 500.0);
  CHECK(figures["timings"][0]["count"] == 4);
}
