#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace mercato::log {

enum class Level { debug, info, warn, error };

/// One field of a log line. Strings are escaped, and cut at 1 KiB; values of names on the redaction
/// list (authorization, password, token, secret, …) are replaced by "[redacted]".
class Field {
 public:
  Field(std::string_view name, std::string_view value);
  Field(std::string_view name, const char* value) : Field(name, std::string_view(value)) {}
  Field(std::string_view name, const std::string& value) : Field(name, std::string_view(value)) {}
  Field(std::string_view name, long long value);
  Field(std::string_view name, unsigned long long value);
  Field(std::string_view name, int value) : Field(name, static_cast<long long>(value)) {}
  Field(std::string_view name, long value) : Field(name, static_cast<long long>(value)) {}
  Field(std::string_view name, unsigned value)
      : Field(name, static_cast<unsigned long long>(value)) {}
  Field(std::string_view name, unsigned long value)
      : Field(name, static_cast<unsigned long long>(value)) {}
  Field(std::string_view name, double value);
  Field(std::string_view name, bool value);

  /// `"name":value`, already JSON.
  [[nodiscard]] const std::string& json() const { return json_; }

 private:
  std::string json_;
};

/// To be called once at start, before which nothing is logged; lines go to standard output, one
/// JSON object each, with `ts`, `level`, `service`, `msg` and, inside a request, `trace_id` and
/// `request_id`. A line has at most 4 KiB; fields that do not fit are left out, and `cut` says so.
/// What standard output does not take at once, a pipe that nobody reads, is dropped and counted.
void start(std::string_view service, Level level);
[[nodiscard]] std::uint64_t dropped_lines();
void set_level(Level level);
[[nodiscard]] bool enabled(Level level);
[[nodiscard]] Level parse_level(std::string_view name);  // throws std::invalid_argument

// From any thread; never throw.
void debug(std::string_view message, std::initializer_list<Field> fields = {}) noexcept;
void info(std::string_view message, std::initializer_list<Field> fields = {}) noexcept;
void warn(std::string_view message, std::initializer_list<Field> fields = {}) noexcept;
void error(std::string_view message, std::initializer_list<Field> fields = {}) noexcept;

/// While it lives, lines of this thread carry these ids. Nestable; not copyable.
class Scope {
 public:
  Scope(std::string_view trace_id, std::string_view request_id);
  ~Scope();
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;

 private:
  std::string previous_;
};

}  // namespace mercato::log
