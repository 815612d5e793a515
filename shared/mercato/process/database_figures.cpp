#include "mercato/process/database_figures.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>

#include "mercato/log/log.hpp"

namespace mercato::process {
namespace {

constexpr std::chrono::seconds kFirstPatience{1};
constexpr std::chrono::seconds kTables{60};

constexpr db::Statement kTableRows{"figures_table_rows", R"sql(
  SELECT relname AS "table", n_live_tup AS value FROM pg_stat_user_tables
   ORDER BY relname, relid)sql"};
constexpr db::Statement kTableBytes{"figures_table_bytes", R"sql(
  SELECT relname AS "table", pg_total_relation_size(relid) AS value FROM pg_stat_user_tables
   ORDER BY relname, relid)sql"};

std::vector<Figure> with_tables(std::vector<Figure> figures) {
  figures.push_back({"db_table_rows", "Rows of a table, as the database estimates them.", "table",
                     kTableRows, kTables});
  figures.push_back({"db_table_bytes", "Bytes of a table with its indexes.", "table",
                     kTableBytes, kTables});
  return figures;
}

metrics::Counter failures_of(const Figure& figure) {
  return metrics::registry().counter("db_figure_failures_total",
                                     "Tries in vain to read a figure from the database.",
                                     {{"figure", figure.name}});
}

}  // namespace

FigurePace::FigurePace(std::chrono::seconds every)
    : every_(every), patience_(std::min(kFirstPatience, every)) {}

void FigurePace::succeeded(Steady::time_point now) {
  patience_ = std::min(kFirstPatience, every_);
  due_at_ = now + every_;
}

void FigurePace::failed(Steady::time_point now) {
  due_at_ = now + patience_;
  patience_ = std::min(2 * patience_, every_);
}

DatabaseFigures::DatabaseFigures(db::Pool& pool, std::vector<Figure> figures)
    : pool_(pool), loop_("figures", [this] { return publish_next(); }) {
  for (const auto& figure : with_tables(std::move(figures))) {
    entries_.push_back({figure, FigurePace(figure.every), failures_of(figure)});
  }
}

// One at a time, so that a stop has to wait for one statement at most.
std::chrono::milliseconds DatabaseFigures::publish_next() {
  auto& next = *std::min_element(
      entries_.begin(), entries_.end(),
      [](const Entry& a, const Entry& b) { return a.pace.due_at() < b.pace.due_at(); });
  const auto now = FigurePace::Steady::now();
  if (now < next.pace.due_at()) {
    return std::chrono::ceil<std::chrono::milliseconds>(next.pace.due_at() - now);
  }
  if (publish(next)) {
    next.pace.succeeded(now);
  } else {
    next.pace.failed(now);
  }
  return std::chrono::milliseconds(0);
}

bool DatabaseFigures::publish(const Entry& entry) {
  const auto& figure = entry.figure;
  auto& registry = metrics::registry();
  try {
    for (const auto& row : pool_.execute(figure.query)) {
      const auto value = static_cast<double>(db::integer(row, "value"));
      if (figure.label == nullptr) {
        registry.gauge(figure.name, figure.help).set(value);
      } else {
        const auto label = db::text(row, figure.label);
        registry.gauge(figure.name, figure.help, {{figure.label, label}}).set(value);
      }
    }
    return true;
  } catch (const std::exception& failure) {
    entry.failures.add();
    log::error("a figure cannot be read", {{"figure", figure.name}, {"error", failure.what()}});
    return false;
  }
}

}  // namespace mercato::process
