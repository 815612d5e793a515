#pragma once

#include <chrono>
#include <vector>

#include "mercato/db/pool.hpp"
#include "mercato/metrics/metrics.hpp"
#include "mercato/process/service.hpp"

namespace mercato::process {

/// A number that the database knows best, as a gauge. The query answers with a column `value`, an
/// integer, and, if `label` is not null, a column of that name with texts of a bounded set. It
/// answers with every label each time, 0 included: what is missing keeps its last value.
struct Figure {
  const char* name;
  const char* help;
  const char* label;
  db::Statement query;
  std::chrono::seconds every{15};  // dearer ones less often
};

/// Publishes the figures of a service again and again, and for each of its tables the estimated
/// rows and the bytes (`db_table_rows`, `db_table_bytes`). Each replica publishes the same: take
/// the maximum over them, not the sum. Owns a thread between start() and stop().
class DatabaseFigures {
 public:
  DatabaseFigures(db::Pool& pool, std::vector<Figure> figures);
  void start() { loop_.start(); }
  void stop() { loop_.stop(); }

 private:
  std::chrono::milliseconds publish_due();
  void publish(const Figure& figure);

  db::Pool& pool_;
  struct Due {
    Figure figure;
    std::chrono::steady_clock::time_point at{};
  };
  std::vector<Due> figures_;
  Loop loop_;
};

}  // namespace mercato::process
