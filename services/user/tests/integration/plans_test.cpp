#include <support/catch.hpp>

#include <chrono>
#include <stdexcept>
#include <string>

#include <mercato/db/migrator.hpp>
#include <mercato/db/pool.hpp>
#include <mercato/json/json.hpp>
#include <mercato/process/service.hpp>
#include <support/postgres_server.hpp>

#include "storage/pg_audit_log.hpp"
#include "storage/pg_session_repository.hpp"
#include "storage/pg_user_repository.hpp"

using mercato::test::PostgresServer;
using user::Role;
using user::Status;
namespace db = mercato::db;
namespace json = mercato::json;

namespace {

constexpr std::size_t kPage = 21;
// What a page may cost: its rows by two indexes, and some that are passed over.
constexpr double kFewRows = 100;
constexpr double kFewBlocks = 50;

/// The id of the account or entry that was made as number `n`.
std::string id_of(int n) {
  const auto digits = std::to_string(n);
  return "0192f0c0-0000-7000-8000-" + std::string(12 - digits.size(), '0') + digits;
}

user::UserId account(int n) {
  return user::UserId(*mercato::Uuid::parse(id_of(n)));
}

// The first account is the admin who made the second one an admin, and the second one changed
// 18,000 accounts since. Each tenth account was deleted; the third, and it alone, is disabled.
constexpr const char* kFill = R"(
  CREATE FUNCTION numbered(n int) RETURNS uuid LANGUAGE sql AS
    $$ SELECT ('0192f0c0-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid $$;
  INSERT INTO users (id, email, name, password_hash, role, status, deleted_at)
  SELECT numbered(n),
         CASE WHEN deleted THEN NULL WHEN n = 1 THEN 'rare@example.com'
              ELSE 'user' || n || '@example.com' END,
         CASE WHEN deleted THEN NULL ELSE 'Ada' END, CASE WHEN deleted THEN NULL ELSE 'x' END,
         CASE WHEN n <= 2 THEN 'admin' ELSE 'customer' END,
         CASE WHEN deleted OR n = 3 THEN 'disabled' ELSE 'active' END,
         CASE WHEN deleted THEN now() END
    FROM (SELECT n, n % 10 = 0 AS deleted FROM generate_series(1, 20000) AS n) AS made;
  INSERT INTO audit_log (id, actor_id, action, user_id, changes)
  SELECT numbered(n), numbered(CASE WHEN n <= 10 THEN 1 ELSE 2 END), 'update_user',
         numbered(n), '{}'
    FROM generate_series(2, 18000) AS n;
  ANALYZE users, audit_log)";

/// Of all later sessions: how each statement was carried out goes into the server's log.
constexpr const char* kExplain = R"(
  DO $$ BEGIN
    EXECUTE format('ALTER DATABASE %I SET session_preload_libraries = auto_explain',
                   current_database());
    EXECUTE format('ALTER DATABASE %I SET auto_explain.log_min_duration = 0', current_database());
    EXECUTE format('ALTER DATABASE %I SET auto_explain.log_analyze = on', current_database());
    EXECUTE format('ALTER DATABASE %I SET auto_explain.log_buffers = on', current_database());
    EXECUTE format('ALTER DATABASE %I SET auto_explain.log_format = json', current_database());
  END $$)";

const std::string& filled_database() {
  static const std::string url = [] {
    auto made = PostgresServer::shared().create_database();
    db::migrate(made, mercato::process::embedded_migrations());
    PostgresServer::sql(made, kFill);
    PostgresServer::sql(made, kExplain);
    return made;
  }();
  return url;
}

/// Rows that the scans of a plan looked at, whether or not they were what was looked for.
double rows_read(const json::Value& node) {
  double rows = 0;
  if (node.contains("Plans")) {
    for (const auto& child : node.at("Plans")) rows += rows_read(child);
  } else {
    rows = node.at("Actual Rows").get<double>();
  }
  for (const char* const by : {"Filter", "Index Recheck"}) {
    const auto passed_over = node.find(std::string("Rows Removed by ") + by);
    if (passed_over != node.end()) rows += passed_over->get<double>();
  }
  return rows * node.at("Actual Loops").get<double>();
}

/// Blocks of tables and indexes that a plan looked at: an index may be read whole for few rows.
double blocks_read(const json::Value& root) {
  return root.at("Shared Hit Blocks").get<double>() + root.at("Shared Read Blocks").get<double>();
}

/// How the last statement with these words was carried out, as the server's log has it; there the
/// lines of a plan begin with a tab.
json::Value last_plan(const std::string& words) {
  const std::string begin = "plan:\n\t{";
  const std::string end = "\n\t}";
  const auto log = PostgresServer::shared().log();
  for (auto at = log.rfind(begin); at != std::string::npos; at = log.rfind(begin, at - 1)) {
    const auto from = at + begin.size() - 1;
    const auto to = log.find(end, from);
    if (to == std::string::npos) continue;  // is being written
    auto plan = json::parse(log.substr(from, to + end.size() - from));
    if (plan.at("Query Text").get<std::string>().find(words) != std::string::npos) return plan;
  }
  throw std::runtime_error("no statement " + words);
}

/// What `read` finds by the statement with these words, having looked at few of many rows.
template <class Storage, class Read>
auto read_few(const std::string& words, const Read& read) {
  db::PoolOptions options;
  options.url = filled_database();
  db::Pool pool(options);
  Storage storage(pool);
  auto found = read(storage);
  const auto plan = last_plan(words);
  INFO(plan.dump(2));
  CHECK(rows_read(plan.at("Plan")) <= kFewRows);
  return found;
}

auto users_found(const user::UserFilter& filter, std::size_t limit = kPage) {
  return read_few<user::storage::PgUserRepository>(
      "FROM users", [&](auto& users) { return users.list(filter, std::nullopt, limit); });
}

auto entries_found(const user::AuditFilter& filter) {
  return read_few<user::storage::PgAuditLog>(
      "FROM audit_log", [&](auto& log) { return log.list(filter, std::nullopt, kPage); });
}

auto entries_involving(user::UserId who) {
  return read_few<user::storage::PgAuditLog>(
      "FROM audit_log", [&](auto& log) { return log.list_involving(who, std::nullopt, kPage); });
}

}  // namespace

TEST_CASE("accounts are found among many by what few have", "[plans]") {
  for (const std::size_t limit : {std::size_t{2}, kPage}) {
    CHECK(users_found({.email_prefix = "Rare@"}, limit).size() == 1);
    CHECK(users_found({.email_prefix = "nobody"}, limit).empty());
    CHECK(users_found({.role = Role::admin}, limit).size() == 2);
    CHECK(users_found({.status = Status::disabled}, limit).size() == 1);
    CHECK(users_found({.role = Role::admin, .status = Status::disabled}, limit).empty());
    CHECK(users_found({.email_prefix = "user", .status = Status::disabled}, limit).size() == 1);
    CHECK(users_found({.email_prefix = "user1", .role = Role::admin}, limit).empty());
  }
}

TEST_CASE("of accounts that have what many have, a page is read", "[plans]") {
  CHECK(users_found({}).size() == kPage);
  CHECK(users_found({.email_prefix = "u"}).size() == kPage);
  CHECK(users_found({.role = Role::customer, .status = Status::active}).size() == kPage);
}

TEST_CASE("entries about somebody are found among many", "[plans]") {
  CHECK(entries_found({}).size() == kPage);
  CHECK(entries_found({.user = account(2)}).size() == 1);
  CHECK(entries_found({.actor = account(1)}).size() == 9);
  CHECK(entries_found({.actor = account(2)}).size() == kPage);
  CHECK(entries_found({.actor = account(3)}).empty());
  CHECK(entries_found({.actor = account(2), .user = account(11)}).size() == 1);
  CHECK(entries_found({.actor = account(1), .user = account(11)}).empty());
}

TEST_CASE("an export finds what involves somebody among many entries", "[plans]") {
  CHECK(entries_involving(account(19'999)).empty());
  CHECK(entries_involving(account(3)).size() == 1);
  CHECK(entries_involving(account(1)).size() == 9);
  const auto newest = entries_involving(account(2));
  REQUIRE(newest.size() == kPage);
  CHECK(newest.front().id.str() == id_of(18'000));
  CHECK(newest.back().id.str() == id_of(18'000 - static_cast<int>(kPage) + 1));
}

TEST_CASE("a sign-in passes over the sessions that an account keeps, and few others", "[plans]") {
  const auto& database = filled_database();
  PostgresServer::sql(database, R"(
    INSERT INTO session (id, user_id, token_hash, expires_at, ended_at)
    SELECT numbered(n), numbered(CASE WHEN n <= 20000 THEN 4 ELSE n - 20000 END), '',
           now() + interval '1 day', CASE WHEN n % 4 > 0 THEN now() END
      FROM generate_series(1, 40000) AS n;
    ANALYZE session)");
  db::PoolOptions options;
  options.url = database;
  db::Pool pool(options);
  user::storage::PgSessionRepository sessions(pool, std::chrono::hours(1));
  CHECK(sessions.insert(
      {{"", user::SessionId(*mercato::Uuid::parse(id_of(40'001))), ""}, account(4), "x", {}}));
  const auto plan = last_plan("INSERT INTO session");
  INFO(plan.dump(2));
  CHECK(rows_read(plan.at("Plan")) <= 3'000 + kFewRows);
  CHECK(PostgresServer::sql(database, "SELECT count(*) FROM session") == "39981");
}

TEST_CASE("who leaves has what they asked for found among many wishes for a mail", "[plans]") {
  const auto& database = filled_database();
  PostgresServer::sql(database, R"(
    INSERT INTO mail_request (purpose, email_key)
    SELECT CASE WHEN n % 2 = 0 THEN 'password_reset' ELSE 'email_verification' END,
           'user' || n || '@example.com'
      FROM generate_series(1, 20000) AS n;
    ANALYZE mail_request)");
  CHECK(read_few<user::storage::PgUserRepository>(
      "DELETE FROM mail_request", [](auto& users) { return users.anonymise(account(5), ""); }));
  const auto plan = last_plan("DELETE FROM mail_request");
  INFO(plan.dump(2));
  CHECK(blocks_read(plan.at("Plan")) <= kFewBlocks);
  CHECK(PostgresServer::sql(database, "SELECT count(*) FROM mail_request") == "19999");
}
