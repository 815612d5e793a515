#include "mercato/process/database_figures.hpp"

#include <chrono>
#include <utility>

namespace mercato::process {
namespace {

constexpr std::chrono::seconds kLook{5};
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

}  // namespace

DatabaseFigures::DatabaseFigures(db::Pool& pool, std::vector<Figure> figures)
    : pool_(pool), loop_("figures", [this] { return publish_due(); }) {
  for (const auto& figure : with_tables(std::move(figures))) figures_.push_back({figure, {}});
}

std::chrono::milliseconds DatabaseFigures::publish_due() {
  const auto now = std::chrono::steady_clock::now();
  for (auto& [figure, at] : figures_) {
    if (now < at) continue;
    publish(figure);
    at = now + figure.every;
  }
  return kLook;
}

void DatabaseFigures::publish(const Figure& figure) {
  auto& registry = metrics::registry();
  for (const auto& row : pool_.execute(figure.query)) {
    const auto value = static_cast<double>(db::integer(row, "value"));
    if (figure.label == nullptr) {
      registry.gauge(figure.name, figure.help).set(value);
    } else {
      const auto label = db::text(row, figure.label);
      registry.gauge(figure.name, figure.help, {{figure.label, label}}).set(value);
    }
  }
}

}  // namespace mercato::process
