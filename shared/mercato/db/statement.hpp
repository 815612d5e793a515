#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
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
  /// Plan it for its parameters each time, by whatever way is best for these, instead of preparing
  /// it: costs about half a millisecond, for queries whose best plan depends on what is asked for,
  /// or that read a table from end to end.
  bool plan_anew = false;
};

/// One parameter in PostgreSQL's text format, or NULL. Texts given as std::string or C string are
/// borrowed, not copied: a parameter lives no longer than the call that it is made for.
class Parameter {
 public:
  Parameter(std::nullopt_t) {}
  Parameter(const char* text) : borrowed_(text) {}
  /// Throws std::invalid_argument if it holds NUL, which PostgreSQL's text cannot.
  Parameter(const std::string& text);
  Parameter(std::string_view text) : Parameter(Owned{std::string(text)}) {}
  Parameter(bool value) : borrowed_(value ? "true" : "false") {}
  Parameter(int value) : Parameter(Owned{std::to_string(value)}) {}
  Parameter(long value) : Parameter(Owned{std::to_string(value)}) {}
  Parameter(long long value) : Parameter(Owned{std::to_string(value)}) {}
  Parameter(unsigned value) : Parameter(Owned{std::to_string(value)}) {}
  Parameter(unsigned long value) : Parameter(Owned{std::to_string(value)}) {}
  Parameter(unsigned long long value) : Parameter(Owned{std::to_string(value)}) {}
  Parameter(const Uuid& id) : Parameter(Owned{id.str()}) {}
  template <class Tag>
  Parameter(const Id<Tag>& id) : Parameter(id.value()) {}
  Parameter(Timestamp at);
  template <class T>
  Parameter(const std::optional<T>& value)
      : Parameter(value ? Parameter(*value) : Parameter(std::nullopt)) {}

  /// Ends with NUL; nullptr for NULL.
  [[nodiscard]] const char* text() const { return owned_ ? owned_->c_str() : borrowed_; }

 private:
  struct Owned {
    std::string text;
  };
  explicit Parameter(Owned owned);

  const char* borrowed_ = nullptr;
  std::optional<std::string> owned_;
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

/// The value as an element of an array literal, quoted; NULL for nullptr.
void append_element(std::string& literal, const char* value);

/// Rows as one array literal for each column, for unnest(); adds up to a statement for many things
/// at once, with the same number of parameters for however many. Any type that a Parameter takes;
/// an array literal is none of them.
template <std::size_t Width>
class Columns {
 public:
  template <class... Values>
  void add(const Values&... values) {
    static_assert(sizeof...(Values) == Width);
    std::size_t column = 0;
    (append(literals_[column++], Parameter(values)), ...);
  }
  /// "{…}" each.
  [[nodiscard]] std::array<std::string, Width> literals() const {
    auto whole = literals_;
    for (auto& literal : whole) literal += literal.empty() ? "{}" : "}";
    return whole;
  }

 private:
  static void append(std::string& literal, const Parameter& value) {
    literal += literal.empty() ? '{' : ',';
    append_element(literal, value.text());
  }

  std::array<std::string, Width> literals_;
};
/// The parameters of a statement from plain values and Columns, in this order.
template <class... Parts>
[[nodiscard]] std::vector<Parameter> parameters(const Parts&... parts) {
  std::vector<Parameter> all;
  const auto add = [&all]<class Part>(const Part& part) {
    if constexpr (requires { part.literals(); }) {
      for (const auto& literal : part.literals()) all.emplace_back(std::string_view(literal));
    } else {
      all.emplace_back(part);
    }
  };
  (add(parts), ...);
  return all;
}

/// An open transaction (or the one statement of Pool::execute). Used by one thread, inside the
/// function given to Pool::transact only.
class Transaction {
 public:
  virtual ~Transaction() = default;

  template <class... Args>
  Result execute(const Statement& statement, const Args&... args) {
    const std::array<Parameter, sizeof...(Args)> parameters{Parameter(args)...};
    return run(statement, parameters);
  }
  /// As execute(), with as many parameters as a statement made at run time has.
  Result execute_with(const Statement& statement, std::span<const Parameter> parameters) {
    return run(statement, parameters);
  }
  /// SQL without parameters that no Statement is made of, maybe several statements: neither
  /// prepared nor measured. For tests; whatever a service asks has a name.
  virtual Result execute_script(const std::string& sql) = 0;

 protected:
  virtual Result run(const Statement& statement, std::span<const Parameter> parameters) = 0;
};

/// Rows in the result, and rows that an INSERT, UPDATE or DELETE touched. (The library's own counts
/// are signed in one of its versions and unsigned in the other.)
[[nodiscard]] std::size_t row_count(const Result& result);
[[nodiscard]] std::size_t affected_rows(const Result& result);

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
