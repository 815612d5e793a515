#include "mercato/db/migrator.hpp"

#include <pqxx/connection>
#include <pqxx/nontransaction>
#include <pqxx/result>
#include <pqxx/transaction>

#include <map>
#include <stdexcept>

#include "mercato/crypto/crypto.hpp"
#include "mercato/db/connection_url.hpp"
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

constexpr const char* kListApplied = "SELECT version, sha256 FROM schema_migration ORDER BY version";

std::string checksum(const Migration& migration) {
  return crypto::to_hex(crypto::sha256(migration.sql));
}

std::map<int, std::string> applied(pqxx::transaction_base& transaction) {
  std::map<int, std::string> checksums;
  for (const auto& row : transaction.exec(kListApplied)) {
    checksums.emplace(row["version"].as<int>(), row["sha256"].as<std::string>());
  }
  return checksums;
}

/// Whether it was applied; throws if something else was, under its number.
bool is_applied(const Migration& migration, const std::map<int, std::string>& checksums) {
  const auto found = checksums.find(migration.version);
  if (found == checksums.end()) return false;
  if (found->second == checksum(migration)) return true;
  throw std::runtime_error("migration " + migration.name + " was changed after it was applied");
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

}  // namespace

int migrate(const std::string& url, const std::vector<Migration>& migrations) {
  pqxx::connection connection(connection_url(url, "migrate", {{"lock_timeout", kLockTimeout}}));
  std::map<int, std::string> checksums;
  {
    // Held until the connection closes. Waiting for another migrator may take longer than for a
    // table.
    pqxx::nontransaction session(connection);
    session.exec("SET lock_timeout = 0");
    session.exec(kLock);
    session.exec("RESET lock_timeout");
    session.exec(kCreateTable);
    checksums = applied(session);
  }
  int count = 0;
  for (const Migration& migration : migrations) {
    if (is_applied(migration, checksums)) continue;
    apply(connection, migration);
    ++count;
  }
  return count;
}

void require_schema(const std::string& url, const std::vector<Migration>& migrations) {
  pqxx::connection connection(connection_url(url, "schema-check"));
  pqxx::nontransaction session(connection);
  std::map<int, std::string> checksums;
  if (session.exec(kHasTable)[0][0].as<bool>()) checksums = applied(session);
  for (const Migration& migration : migrations) {
    if (!is_applied(migration, checksums)) {
      throw std::runtime_error("the schema is older than this release needs: " + migration.name +
                               " is missing; run the migrate subcommand");
    }
  }
}

}  // namespace mercato::db
