#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace mercato::settings {

enum class Kind { text, integer, boolean };

/// One row of a service's settings table, of which docs/settings.md is made.
struct Setting {
  std::string name = {};  // the environment variable
  Kind kind = Kind::text;
  std::optional<std::string> default_value = {};  // nothing: required
  std::string meaning = {};                       // one sentence, with the unit
  bool secret = false;           // may come from the file named by NAME_FILE; never shown
  std::int64_t min = INT64_MIN;  // integers only
  std::int64_t max = INT64_MAX;
  std::vector<std::string> choices = {};  // texts only: the values allowed, if not any
  bool may_be_empty = false;              // texts only: else an empty variable is an absent one
};

/// Every mistake found, one line each, to be printed together: exit code 2.
class SettingsError : public std::runtime_error {
 public:
  explicit SettingsError(std::vector<std::string> mistakes);
  [[nodiscard]] const std::vector<std::string>& mistakes() const { return mistakes_; }

 private:
  std::vector<std::string> mistakes_;
};

using Environment = std::function<std::optional<std::string>(const std::string& name)>;
[[nodiscard]] Environment process_environment();

/// The values of one table. Immutable after load, so safe to read from any thread.
class Settings {
 public:
  /// Reads every setting of `table`; throws SettingsError that names all mistakes at once. A text
  /// file of a secret may end with a line break, which does not count.
  [[nodiscard]] static Settings load(const std::vector<Setting>& table,
                                     const Environment& environment = process_environment());

  // Asking for a name that is not in the table, or as another kind, is a bug: std::logic_error.
  [[nodiscard]] const std::string& text(std::string_view name) const;
  [[nodiscard]] std::int64_t integer(std::string_view name) const;
  [[nodiscard]] bool boolean(std::string_view name) const;
  [[nodiscard]] std::chrono::milliseconds milliseconds(std::string_view name) const;
  [[nodiscard]] std::chrono::seconds seconds(std::string_view name) const;
  /// Comma separated, blanks trimmed, empty parts dropped.
  [[nodiscard]] std::vector<std::string> list(std::string_view name) const;

 private:
  struct Value {
    Kind kind = Kind::text;
    std::string text;
    std::int64_t number = 0;  // integers; booleans as 0 and 1
  };
  const Value& value(std::string_view name, Kind kind) const;

  std::map<std::string, Value, std::less<>> values_;
};

/// The rows every service has (PORT, HEALTH_PORT, LOG_LEVEL, …), to be put before its own.
[[nodiscard]] std::vector<Setting> service_settings();
/// DATABASE_URL, DB_POOL_SIZE, REDIS_URL.
[[nodiscard]] std::vector<Setting> storage_settings();
/// TOKEN_ISSUER, TOKEN_AUDIENCE, SERVICE_KEY_FILE, SERVICE_KEY_SET_FILE.
[[nodiscard]] std::vector<Setting> token_settings();
/// One table of all; a row replaces an earlier one of its name, so that a service can give a shared
/// setting a default of its own.
[[nodiscard]] std::vector<Setting> join(std::vector<std::vector<Setting>> tables);

/// The table as a Markdown table.
[[nodiscard]] std::string to_markdown(const std::vector<Setting>& table);

}  // namespace mercato::settings
