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

/// When one figure is read. One that could not be read is tried again soon, then less and less
/// often, down to its own pace: what cannot be read at all costs no more tries than what can.
class FigurePace {
 public:
  using Steady = std::chrono::steady_clock;

  explicit FigurePace(std::chrono::seconds every);
  /// At once, to begin with.
  [[nodiscard]] Steady::time_point due_at() const { return due_at_; }
  void succeeded(Steady::time_point now);
  void failed(Steady::time_point now);

 private:
  std::chrono::seconds every_;
  std::chrono::seconds patience_;  // until the next try after a failure
  Steady::time_point due_at_{};
};

/// Publishes the figures of a service again and again, and for each of its tables the estimated
/// rows and the bytes (`db_table_rows`, `db_table_bytes`). Each replica publishes the same: take
/// the maximum over them, not the sum. A figure that cannot be read keeps its last value, is logged
/// and counted (`db_figure_failures_total`), and keeps no other waiting for longer than its
/// statement may take. Owns a thread between start() and stop().
class DatabaseFigures {
 public:
  DatabaseFigures(db::Pool& pool, std::vector<Figure> figures);
  void start() { loop_.start(); }
  void stop() { loop_.stop(); }

 private:
  struct Entry {
    Figure figure;
    FigurePace pace;
    metrics::Counter failures;
  };
  /// The one that is due for the longest time, if any is.
  std::chrono::milliseconds publish_next();
  [[nodiscard]] bool publish(const Entry& entry);

  db::Pool& pool_;
  std::vector<Entry> entries_;
  Loop loop_;
};

}  // namespace mercato::process
