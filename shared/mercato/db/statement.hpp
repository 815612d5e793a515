#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <pqxx/result>
#include <pqxx/row>

#include "mercato/clock/clock.hpp"
#include "mercato/id/uuid.hpp"

namespace mercato::db {

using Result = pqxx::result;
using Row = pqxx::row;

/// A named SQL text with $1… parameters; prepared on each connection at first use. Define as a
/// constant above the function that uses it; the name is unique in the service and is the metric's
/// label:
///
///   constexpr db::Statement kFindOrder{"find_order", "SELECT … WHERE id = $1"};
struct Statement {
  const char* name;
  const char* sql;
};

/// One parameter in PostgreSQL's text format, or NULL.
class Parameter {
 public:
  Parameter(std::nullopt_t) {}
  Parameter(const char* text) : text_(text) {}
  Parameter(std::string_view text) : text_(std::string(text)) {}
  Parameter(std::string text) : text_(std::move(text)) {}
  Parameter(bool value) : text_(value ? "true" : "false") {}
  Parameter(int value) : text_(std::to_string(value)) {}
  Parameter(long value) : text_(std::to_string(value)) {}
  Parameter(long long value) : text_(std::to_string(value)) {}
  Parameter(unsigned value) : text_(std::to_string(value)) {}
  Parameter(unsigned long value) : text_(std::to_string(value)) {}
  Parameter(unsigned long long value) : text_(std::to_string(value)) {}
  Parameter(const Uuid& id) : text_(id.str()) {}
  template <class Tag>
  Parameter(const Id<Tag>& id) : text_(id.str()) {}
  Parameter(Timestamp at);
  template <class T>
  Parameter(const std::optional<T>& value) {
    if (value) text_ = Parameter(*value).text_;
  }

  [[nodiscard]] const std::optional<std::string>& text() const { return text_; }

 private:
  std::optional<std::string> text_;
};

/// PostgreSQL array literals for `$1::uuid[]`, `$2::bigint[]`, `$3::text[]`.
[[nodiscard]] std::string array(const std::vector<std::string>& items);
[[nodiscard]] std::string array(const std::vector<std::int64_t>& items);
[[nodiscard]] std::string array(const std::vector<Uuid>& items);
template <class Tag>
[[nodiscard]] std::string array(const std::vector<Id<Tag>>& items) {
  std::vector<Uuid> plain;
  plain.reserve(items.size());
  for (const auto& item : items) plain.push_back(item.value());
  return array(plain);
}
/// bytea in hex format, both ways.
[[nodiscard]] std::string bytea(std::string_view bytes);
[[nodiscard]] std::string parse_bytea(std::string_view text);

/// An open transaction (or the one statement of Pool::execute). Used by one thread, inside the
/// function given to Pool::transact only.
class Transaction {
 public:
  virtual ~Transaction() = default;

  template <class... Args>
  Result execute(const Statement& statement, const Args&... args) {
    return run(statement, {Parameter(args)...});
  }
  /// For SQL without parameters that is not worth preparing (migrations, several statements).
  virtual Result execute_script(const std::string& sql) = 0;

 protected:
  virtual Result run(const Statement& statement, std::vector<Parameter> parameters) = 0;
};

// Typed reading of one field; NULL is a bug for the plain ones (std::logic_error).
[[nodiscard]] std::string text(const Row& row, const char* column);
[[nodiscard]] std::int64_t integer(const Row& row, const char* column);
[[nodiscard]] bool boolean(const Row& row, const char* column);
[[nodiscard]] Uuid uuid(const Row& row, const char* column);
template <class IdType>
[[nodiscard]] IdType id(const Row& row, const char* column) {
  return IdType(uuid(row, column));
}
[[nodiscard]] Timestamp timestamp(const Row& row, const char* column);
[[nodiscard]] std::optional<std::string> optional_text(const Row& row, const char* column);
[[nodiscard]] std::optional<std::int64_t> optional_integer(const Row& row, const char* column);
[[nodiscard]] std::optional<Uuid> optional_uuid(const Row& row, const char* column);
[[nodiscard]] std::optional<Timestamp> optional_timestamp(const Row& row, const char* column);

}  // namespace mercato::db
