#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mercato::db {

struct Migration {
  int version = 0;           // 1 for 0001_create_orders.sql
  std::string name;          // the file's name
  std::string_view sql;
};

/// Applies what is missing, each in a transaction of its own, under an advisory lock, and records
/// version, name and SHA-256 in `schema_migration`. Throws std::runtime_error if an applied one was
/// changed since. Returns how many were applied.
int migrate(const std::string& url, const std::vector<Migration>& migrations);

/// Throws std::runtime_error unless the schema holds every one of `migrations`, unchanged. A schema
/// that is newer is fine: the next release's expansions are compatible with this one.
void require_schema(const std::string& url, const std::vector<Migration>& migrations);

}  // namespace mercato::db
