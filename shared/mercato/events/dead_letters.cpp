#include "mercato/events/dead_letters.hpp"

#include <chrono>
#include <iostream>
#include <optional>
#include <thread>

#include "mercato/db/pool.hpp"
#include "mercato/events/dead_letter_rows.hpp"
#include "mercato/json/json.hpp"
#include "mercato/log/log.hpp"
#include "mercato/process/from_settings.hpp"

namespace mercato::events {
namespace {

using namespace std::chrono_literals;

constexpr const char* kUsage = "usage: events dead | events redrive ID|--all\n";
constexpr auto kPatience = 10s;
constexpr auto kLook = 100ms;

constexpr db::Statement kHasInbox{"dead_letters_exist",
                                  "SELECT to_regclass('dead_letter') IS NOT NULL AS found"};
constexpr db::Statement kListLetters{"dead_letters_list", R"sql(
  SELECT event_id, source, sequence, type, aggregate_id, version, error, attempts, redrive,
         failed_at, event
    FROM dead_letter ORDER BY source, sequence)sql"};

void print(const db::Row& row) {
  auto line = letter_json(row);
  line["event"] = json::Value::parse(db::text(row, "event"), nullptr, false);
  std::cout << json::dump(line) << '\n';
}

constexpr db::Statement kCountReleased{"dead_letters_count_released",
                                       "SELECT count(*) AS letters FROM dead_letter WHERE redrive"};
constexpr db::Statement kCountLetters{"dead_letters_count",
                                      "SELECT count(*) AS letters FROM dead_letter"};

std::int64_t count(db::Pool& pool, const db::Statement& statement) {
  return db::integer(pool.execute(statement)[0], "letters");
}

int redrive(db::Pool& pool, const std::optional<Uuid>& id) {
  const auto before = count(pool, kCountLetters);
  const auto released =
      static_cast<std::int64_t>(db::affected_rows(pool.execute(kReleaseLetters, id)));
  if (id && released == 0) {
    std::cerr << "no dead letter " << id->str() << '\n';
    return 1;
  }
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  auto waiting = released;
  while (waiting > 0 && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(kLook);
    waiting = count(pool, kCountReleased);
  }
  const auto applied = before - count(pool, kCountLetters);
  std::cout << applied << " of " << released << " applied\n";
  if (waiting > 0) std::cerr << "the service did not take " << waiting << ": does it run?\n";
  return applied >= released ? 0 : 1;
}

}  // namespace

int dead_letters_command(const settings::Settings& settings,
                         const std::vector<std::string>& arguments) {
  const bool listing = arguments == std::vector<std::string>{"dead"};
  const bool redriving = arguments.size() == 2 && arguments[0] == "redrive";
  const auto id = redriving ? Uuid::parse(arguments[1]) : std::nullopt;
  if (!listing && !(redriving && (id || arguments[1] == "--all"))) {
    std::cerr << kUsage;
    return 2;
  }
  db::Pool pool(process::one_connection(settings, "dead-letters", 5s));
  // What is printed is read by people and programs: only what goes wrong belongs between it.
  log::set_level(log::Level::warn);
  // Somebody waits for this: a database that is slow to take a connection gets its time.
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!pool.healthy() && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(kLook);
  }
  if (!db::boolean(pool.execute(kHasInbox)[0], "found")) {
    if (id) std::cerr << "no dead letter " << id->str() << '\n';
    return id ? 1 : 0;
  }
  if (redriving) return redrive(pool, id);
  for (const auto& row : pool.execute(kListLetters)) print(row);
  return 0;
}

}  // namespace mercato::events
