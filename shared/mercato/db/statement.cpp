#include "mercato/db/statement.hpp"

#include <pqxx/field>
#include <pqxx/version>

#include <charconv>
#include <chrono>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace mercato::db {
namespace {

template <class Items, class Write>
std::string join(const Items& items, const Write& write) {
  std::string literal = "{";
  for (const auto& item : items) {
    if (literal.size() > 1) literal += ',';
    write(literal, item);
  }
  return literal += '}';
}

std::string_view view(const pqxx::field& field) {
  if (field.is_null()) throw std::logic_error(std::string(field.name()) + " is NULL");
  return {field.c_str(), field.size()};
}

[[noreturn]] void refuse(const pqxx::field& field, const char* wanted) {
  throw std::logic_error(std::string(field.name()) + " is no " + wanted);
}

// Each reads one field that is not NULL.

std::string read_text(const pqxx::field& field) {
  return std::string(view(field));
}

std::int64_t read_integer(const pqxx::field& field) {
  const auto digits = view(field);
  std::int64_t value = 0;
  const char* const end = digits.data() + digits.size();
  const auto [rest, error] = std::from_chars(digits.data(), end, value);
  if (error != std::errc() || rest != end) refuse(field, "integer");
  return value;
}

Uuid read_uuid(const pqxx::field& field) {
  const auto value = Uuid::parse(view(field));
  if (!value) refuse(field, "uuid");
  return *value;
}

Timestamp read_timestamp(const pqxx::field& field) {
  // The session's time zone is UTC and its style ISO: "2026-01-31 23:59:59.123456+00".
  const auto value = parse_rfc3339(std::string(view(field)) + ":00");
  if (!value) refuse(field, "timestamp");
  return *value;
}

template <class T>
std::optional<T> unless_null(const pqxx::field& field, T (*read)(const pqxx::field&)) {
  return field.is_null() ? std::nullopt : std::optional<T>(read(field));
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  throw std::logic_error("no bytea in hex format");
}

}  // namespace

Parameter::Parameter(const std::string& text) : borrowed_(text.c_str()) {
  if (std::strlen(borrowed_) != text.size()) {
    throw std::invalid_argument("a text with NUL cannot be stored");
  }
}

Parameter::Parameter(Owned owned) : owned_(std::move(owned.text)) {
  if (std::strlen(owned_->c_str()) != owned_->size()) {
    throw std::invalid_argument("a text with NUL cannot be stored");
  }
}

Parameter::Parameter(Timestamp at) {
  const auto micros = (at - std::chrono::floor<std::chrono::milliseconds>(at)).count();
  std::string text = to_rfc3339(at);
  text.pop_back();  // the Z, to put three more digits before it
  const std::string digits = std::to_string(1000 + micros);
  owned_ = text.append(digits, 1).append(1, 'Z');
}

void append_element(std::string& literal, const char* value) {
  if (value == nullptr) {
    literal += "NULL";
    return;
  }
  literal += '"';
  for (; *value != '\0'; ++value) {
    if (*value == '"' || *value == '\\') literal += '\\';
    literal += *value;
  }
  literal += '"';
}

std::string array(const std::vector<std::string>& items) {
  return join(items, [](std::string& literal, const std::string& item) {
    append_element(literal, item.c_str());
  });
}

std::string array(const std::vector<std::int64_t>& items) {
  return join(items,
              [](std::string& literal, std::int64_t item) { literal += std::to_string(item); });
}

std::string array(const std::vector<Uuid>& items) {
  return join(items, [](std::string& literal, const Uuid& item) { literal += item.str(); });
}

std::string bytea(std::string_view bytes) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string text = "\\x";
  text.reserve(2 + 2 * bytes.size());
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += kHex[byte >> 4];
    text += kHex[byte & 0x0fU];
  }
  return text;
}

std::string parse_bytea(std::string_view text) {
  if (text.substr(0, 2) != "\\x" || text.size() % 2 != 0) {
    throw std::logic_error("no bytea in hex format");
  }
  std::string bytes;
  bytes.reserve(text.size() / 2 - 1);
  for (std::size_t at = 2; at < text.size(); at += 2) {
    bytes += static_cast<char>(hex_value(text[at]) << 4 | hex_value(text[at + 1]));
  }
  return bytes;
}

std::size_t row_count(const Result& result) {
#if PQXX_VERSION_MAJOR >= 7
  return static_cast<std::size_t>(result.size());
#else
  return result.size();
#endif
}

std::size_t affected_rows(const Result& result) {
#if PQXX_VERSION_MAJOR >= 7
  return static_cast<std::size_t>(result.affected_rows());
#else
  return result.affected_rows();
#endif
}

std::string text(const Row& row, const char* column) {
  return read_text(row[column]);
}

std::int64_t integer(const Row& row, const char* column) {
  return read_integer(row[column]);
}

bool boolean(const Row& row, const char* column) {
  const auto field = row[column];
  const auto value = view(field);
  if (value != "t" && value != "f") refuse(field, "boolean");
  return value == "t";
}

Uuid uuid(const Row& row, const char* column) {
  return read_uuid(row[column]);
}

Timestamp timestamp(const Row& row, const char* column) {
  return read_timestamp(row[column]);
}

std::optional<std::string> optional_text(const Row& row, const char* column) {
  return unless_null(row[column], read_text);
}

std::optional<std::int64_t> optional_integer(const Row& row, const char* column) {
  return unless_null(row[column], read_integer);
}

std::optional<Uuid> optional_uuid(const Row& row, const char* column) {
  return unless_null(row[column], read_uuid);
}

std::optional<Timestamp> optional_timestamp(const Row& row, const char* column) {
  return unless_null(row[column], read_timestamp);
}

}  // namespace mercato::db
