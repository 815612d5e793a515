#include <support/catch.hpp>

#include <chrono>
#include <optional>
#include <string>

#include "mercato/db/pool.hpp"
#include "mercato/metrics/metrics.hpp"
#include "mercato/process/database_figures.hpp"
#include "support/await.hpp"
#include "support/postgres_server.hpp"

using namespace mercato;
using namespace std::chrono_literals;
using test::PostgresServer;

namespace {

constexpr db::Statement kSlow{"figure_slow", "SELECT 1 AS value FROM pg_sleep(60)"};
constexpr db::Statement kImpossible{"figure_wrong", "SELECT 1 / 0 AS value"};
constexpr db::Statement kSeven{"figure_seven", "SELECT 7 AS value"};

std::optional<double> value_of(const std::string& name, const std::string& label = {}) {
  for (const auto& sample : metrics::registry().samples()) {
    if (sample.name != name) continue;
    if (label.empty() || sample.labels.at(0).second == label) return sample.value;
  }
  return std::nullopt;
}

}  // namespace

TEST_CASE("a figure that cannot be read silences no other", "[process]") {
  db::PoolOptions options;
  options.url = PostgresServer::shared().create_database();
  options.application_name = "test";
  options.statement_timeout = 200ms;
  db::Pool pool(options);
  process::DatabaseFigures figures(pool, {{"figure_slow", "Takes too long.", nullptr, kSlow, 1s},
                                          {"figure_wrong", "Fails.", nullptr, kImpossible, 1s},
                                          {"figure_seven", "Is seven.", nullptr, kSeven, 1s}});
  CHECK(value_of("db_figure_failures_total", "figure_seven") == 0);
  figures.start();
  CHECK(test::await([] { return value_of("figure_seven") == 7; }));
  CHECK(value_of("db_figure_failures_total", "figure_slow") >= 1);
  CHECK(value_of("db_figure_failures_total", "figure_wrong") >= 1);
  CHECK(value_of("figure_slow") == std::nullopt);
}
