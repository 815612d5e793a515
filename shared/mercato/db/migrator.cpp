#include "mercato/db/migrator.hpp"

#include <pqxx/connection>
#include <pqxx/except>
#include <pqxx/nontransaction>
#include <pqxx/result>
#include <pqxx/transaction>

#include <chrono>
#include <map>
#include <thread>

#include "mercato/clock/clock.hpp"
#include "mercato/crypto/crypto.hpp"
#include "mercato/db/connection_url.hpp"
#include "mercato/db/link.hpp"
#include "mercato/error/error.hpp"
#include "mercato/log/log.hpp"

namespace mercato::db {
namespace {

// Any number will do, so long as all releases agree on it.
constexpr const char* kLock = "SELECT pg_advisory_lock(7239014)";

// A migration may rewrite a table, but must not queue behind a long reader and hold up all others.
constexpr const char* kLockTimeout = "10s";

constexpr const char* kCreateTable =
    "CREATE TABLE IF NOT EXISTS schema_migration ("
    "  version int PRIMARY KEY,"
    "  name text NOT NULL,"
    "  sha256 text NOT NULL,"
    "  applied_at timestamptz NOT NULL DEFAULT now())";

constexpr const char* kHasTable = "SELECT to_regclass('schema_migration') IS NOT NULL";

constexpr const char* kListApplied =
    "SELECT version, sha256 FROM schema_migration ORDER BY version";

constexpr std::chrono::seconds kCheckWithin{2};

// Where everything is started at once, the database comes when it has made its files.
constexpr std::chrono::seconds kComesWithin{30};
constexpr std::chrono::milliseconds kLookAgainAfter{250};

using Checksums = std::map<int, std::string>;  // by version

std::string checksum(const Migration& migration) {
  return crypto::to_hex(crypto::sha256(migration.sql));
}

Checksums applied(pqxx::transaction_base& transaction) {
  Checksums checksums;
  for (const auto& row : transaction.exec(kListApplied)) {
    checksums.emplace(row["version"].as<int>(), row["sha256"].as<std::string>());
  }
  return checksums;
}

/// Whether it was applied; throws if something else was, under its number.
bool is_applied(const Migration& migration, const Checksums& checksums) {
  const auto found = checksums.find(migration.version);
  if (found == checksums.end()) return false;
  if (found->second == checksum(migration)) return true;
  throw WrongSchema("migration " + migration.name + " was changed after it was applied");
}

void apply(pqxx::connection& connection, const Migration& migration) {
  pqxx::work transaction(connection);
  transaction.exec(std::string(migration.sql));
  transaction.exec("INSERT INTO schema_migration (version, name, sha256) VALUES (" +
                   std::to_string(migration.version) + ", " + transaction.quote(migration.name) +
                   ", " + transaction.quote(checksum(migration)) + ")");
  transaction.commit();
  log::info("migration applied", {{"migration", migration.name}});
}

pqxx::connection connect_patiently(const std::string& url) {
  const auto deadline = Deadline::in(kComesWithin);
  for (bool told = false;; told = true) {
    try {
      return pqxx::connection(url);
    } catch (const pqxx::broken_connection& error) {
      if (deadline.expired()) throw;
      if (!told) log::warn("waiting for the database", {{"reason", error.what()}});
      std::this_thread::sleep_for(kLookAgainAfter);
    }
  }
}

/// Locks and prepares the table of migrations; the lock is held until the connection closes.
Checksums begin(pqxx::connection& connection) {
  pqxx::nontransaction session(connection);
  session.exec("SET lock_timeout = 0");  // another migrator may take longer than a table's reader
  session.exec(kLock);
  session.exec("RESET lock_timeout");
  session.exec(kCreateTable);
  return applied(session);
}

}  // namespace

int migrate(const std::string& url, const std::vector<Migration>& migrations) {
  pqxx::connection connection =
      connect_patiently(connection_url(url, "migrate", {{"lock_timeout", kLockTimeout}}));
  const Checksums checksums = begin(connection);
  int count = 0;
  for (const Migration& migration : migrations) {
    if (is_applied(migration, checksums)) continue;
    apply(connection, migration);
    ++count;
  }
  return count;
}

void require_schema(const std::string& url, const std::vector<Migration>& migrations,
                    const std::function<bool()>& proceed) {
  const auto deadline = Deadline::in(kCheckWithin);
  Link link(connection_url(url, "schema-check"), deadline, proceed);
  const auto query = [&](const char* sql) {
    Link::Rows rows;
    if (!link.alive() || !link.execute(sql, deadline, proceed, &rows)) {
      throw unavailable("The schema cannot be checked: " + link.error());
    }
    return rows;
  };
  Checksums checksums;
  if (query(kHasTable).at(0).at(0) == "t") {
    for (const auto& row : query(kListApplied)) checksums.emplace(std::stoi(row.at(0)), row.at(1));
  }
  for (const Migration& migration : migrations) {
    if (!is_applied(migration, checksums)) {
      throw WrongSchema("the schema is older than this release needs: " + migration.name +
                        " is missing; run the subcommand migrate first");
    }
  }
}

}  // namespace mercato::db
