#include "mercato/process/embedded_files.hpp"

#include <cstdlib>
#include <stdexcept>

#include "mercato/process/service.hpp"

namespace mercato::process {
namespace {

constexpr std::string_view kMigrations = "migrations/";

/// "migrations/0001_create_orders.sql": the number in front is the version.
db::Migration to_migration(const EmbeddedFile& file) {
  db::Migration migration;
  migration.name = std::string(file.path.substr(kMigrations.size()));
  migration.version = std::atoi(migration.name.c_str());
  migration.sql = file.content;
  if (migration.version < 1) {
    throw std::logic_error("a migration's name must start with its number: " + migration.name);
  }
  return migration;
}

}  // namespace

std::vector<db::Migration> embedded_migrations() {
  std::vector<db::Migration> migrations;
  for (const EmbeddedFile& file : embedded_files()) {
    if (file.path.rfind(kMigrations, 0) == 0) migrations.push_back(to_migration(file));
  }
  return migrations;
}

std::string embedded_openapi() {
  for (const EmbeddedFile& file : embedded_files()) {
    if (file.path == "openapi.yaml") return std::string(file.content);
  }
  return {};
}

}  // namespace mercato::process
