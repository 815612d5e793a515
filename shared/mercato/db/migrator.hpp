#pragma once

#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace mercato::db {

struct Migration {
  int version = 0;   // 1 for 0001_create_orders.sql
  std::string name;  // the file's name
  std::string_view sql;
};

/// Applies what is missing, each in a transaction of its own, under an advisory lock, and records
/// version, name and SHA-256 in `schema_migration`. Waits up to half a minute for a server that is
/// about to come. Throws WrongSchema if an applied one was changed since, and std::runtime_error
/// for what the server says. Returns how many were applied.
int migrate(const std::string& url, const std::vector<Migration>& migrations);

/// The schema lacks a migration, or holds another one under its number.
class WrongSchema : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Throws WrongSchema unless the schema holds every one of `migrations`, unchanged, and Error 503
/// if the database does not answer in two seconds or before `proceed` returns false, which is asked
/// ten times a second. A schema that is newer is fine: the next release's expansions are compatible
/// with this one.
void require_schema(
    const std::string& url, const std::vector<Migration>& migrations,
    const std::function<bool()>& proceed = [] { return true; });

}  // namespace mercato::db
