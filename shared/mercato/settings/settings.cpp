#include "mercato/settings/settings.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <utility>

namespace mercato::settings {
namespace {

std::string lines_of(const std::vector<std::string>& mistakes) {
  std::string text;
  for (const auto& mistake : mistakes) {
    if (!text.empty()) text += '\n';
    text += mistake;
  }
  return text;
}

std::optional<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  std::string content{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (file.bad()) return std::nullopt;
  while (!content.empty() && (content.back() == '\n' || content.back() == '\r')) {
    content.pop_back();
  }
  return content;
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
  std::int64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  return error == std::errc() && rest == end ? std::optional(value) : std::nullopt;
}

std::string range_of(const Setting& setting) {
  const bool bounded = setting.min != INT64_MIN || setting.max != INT64_MAX;
  if (!bounded) return "an integer";
  if (setting.max == INT64_MAX) return "an integer of at least " + std::to_string(setting.min);
  return "an integer from " + std::to_string(setting.min) + " to " + std::to_string(setting.max);
}

std::string one_of(const std::vector<std::string>& choices) {
  std::string text = "one of";
  for (const auto& choice : choices) text += (&choice == &choices.front() ? " " : ", ") + choice;
  return text;
}

/// What a value of this setting has to be, or nothing if `text` is that.
std::optional<std::string> demand(const Setting& setting, const std::string& text) {
  switch (setting.kind) {
    case Kind::integer: {
      const auto number = parse_integer(text);
      if (number && *number >= setting.min && *number <= setting.max) return std::nullopt;
      return range_of(setting);
    }
    case Kind::boolean:
      if (text == "true" || text == "false") return std::nullopt;
      return "true or false";
    case Kind::text: {
      const auto& choices = setting.choices;
      if (choices.empty() || std::find(choices.begin(), choices.end(), text) != choices.end()) {
        return std::nullopt;
      }
      return one_of(choices);
    }
  }
  return std::nullopt;
}

/// Finds the text of one setting: the variable, the secret's file, or the default.
class Source {
 public:
  Source(const Setting& setting, const Environment& environment, std::vector<std::string>& mistakes)
      : setting_(setting), environment_(environment), mistakes_(mistakes) {}

  /// Nothing if there is none; that is a mistake and reported.
  std::optional<std::string> find() const {
    const auto given = variable(setting_.name, setting_.may_be_empty);
    const auto file = setting_.secret ? variable(setting_.name + "_FILE", false) : std::nullopt;
    if (given && file) return mistake("give it or " + setting_.name + "_FILE, not both");
    if (given) return given;
    if (file) return content_of(*file);
    if (setting_.default_value) return setting_.default_value;
    return mistake(setting_.secret ? "required (or " + setting_.name + "_FILE)" : "required");
  }

 private:
  std::optional<std::string> variable(const std::string& name, bool may_be_empty) const {
    auto value = environment_(name);
    if (value && value->empty() && !may_be_empty) return std::nullopt;
    return value;
  }

  std::optional<std::string> content_of(const std::string& path) const {
    auto content = read_file(path);
    if (!content) return mistake("the file " + path + " cannot be read");
    if (content->empty()) return mistake("the file " + path + " is empty");
    return content;
  }

  std::nullopt_t mistake(const std::string& what) const {
    mistakes_.push_back(setting_.name + ": " + what);
    return std::nullopt;
  }

  const Setting& setting_;
  const Environment& environment_;
  std::vector<std::string>& mistakes_;
};

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t";
  const auto begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

}  // namespace

SettingsError::SettingsError(std::vector<std::string> mistakes)
    : std::runtime_error(lines_of(mistakes)), mistakes_(std::move(mistakes)) {}

Environment process_environment() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* const value = std::getenv(name.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  };
}

Settings Settings::load(const std::vector<Setting>& table, const Environment& environment) {
  Settings settings;
  std::vector<std::string> mistakes;
  for (const Setting& setting : table) {
    auto text = Source(setting, environment, mistakes).find();
    if (!text) continue;
    if (const auto wanted = demand(setting, *text)) {
      const std::string shown = setting.secret ? "" : ", not \"" + *text + "\"";
      mistakes.push_back(setting.name + ": must be " + *wanted + shown);
      continue;
    }
    Value value{setting.kind, std::move(*text)};
    if (setting.kind == Kind::integer) value.number = parse_integer(value.text).value_or(0);
    if (setting.kind == Kind::boolean) value.number = value.text == "true" ? 1 : 0;
    settings.values_.insert_or_assign(setting.name, std::move(value));
  }
  if (!mistakes.empty()) throw SettingsError(std::move(mistakes));
  return settings;
}

const Settings::Value& Settings::value(std::string_view name, Kind kind) const {
  const auto found = values_.find(name);
  if (found == values_.end() || found->second.kind != kind) {
    throw std::logic_error("no setting of this kind: " + std::string(name));
  }
  return found->second;
}

const std::string& Settings::text(std::string_view name) const {
  return value(name, Kind::text).text;
}

std::int64_t Settings::integer(std::string_view name) const {
  return value(name, Kind::integer).number;
}

bool Settings::boolean(std::string_view name) const {
  return value(name, Kind::boolean).number != 0;
}

std::chrono::milliseconds Settings::milliseconds(std::string_view name) const {
  return std::chrono::milliseconds(integer(name));
}

std::chrono::seconds Settings::seconds(std::string_view name) const {
  return std::chrono::seconds(integer(name));
}

std::vector<std::string> Settings::list(std::string_view name) const {
  std::vector<std::string> items;
  std::string_view rest = text(name);
  while (!rest.empty()) {
    const auto item = trimmed(rest.substr(0, rest.find(',')));
    if (!item.empty()) items.emplace_back(item);
    const auto comma = rest.find(',');
    rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
  }
  return items;
}

}  // namespace mercato::settings
