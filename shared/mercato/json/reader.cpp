#include "mercato/json/reader.hpp"

#include <algorithm>
#include <cmath>

#include "mercato/json/nfc.hpp"
#include "mercato/json/pointer.hpp"
#include "mercato/json/spelling.hpp"
#include "mercato/json/visible.hpp"

namespace mercato::json {
namespace {

// A body can hold more mistakes than anybody reads.
constexpr std::size_t kMaxErrors = 100;

bool is_control(char32_t c) {
  return c < 0x20 || (c >= 0x7f && c < 0xa0);
}

bool has_forbidden_control(std::string_view text, bool multiline) {
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint c = decode_at(text, at);
    if (is_control(c.value) && !(multiline && (c.value == '\n' || c.value == '\t'))) return true;
    at += std::max<std::size_t>(c.size, 1);
  }
  return false;
}

/// Each CR LF as LF.
std::string with_plain_line_ends(std::string_view text) {
  std::string plain;
  plain.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text.substr(at, 2) != "\r\n") plain.push_back(text[at]);
  }
  return plain;
}

struct Mistake {
  std::string_view code;
  std::string detail;
};

std::optional<Mistake> mistake_in(std::string_view text, const TextRule& rule) {
  if (has_forbidden_control(text, rule.multiline)) {
    return Mistake{"invalid_format", "Must not contain control characters."};
  }
  const std::size_t characters = length(text);
  if (characters > rule.max) {
    return Mistake{"too_long", "Must be at most " + std::to_string(rule.max) + " characters."};
  }
  if (rule.min > 0 && !has_visible(text)) return Mistake{"required", "Must not be empty."};
  if (characters < rule.min) {
    return Mistake{"out_of_range", "Must be at least " + std::to_string(rule.min) + " characters."};
  }
  return std::nullopt;
}

/// Whether the text of the number was an integer too large for 64 bits, as far as can be told.
bool is_huge(const Value& value) {
  return value.is_number_float() && std::abs(value.get<double>()) >= 0x1p63;
}

std::string range_text(const IntegerRule& rule) {
  if (rule.min == INT64_MIN && rule.max == INT64_MAX) return "Must fit into 64 bits.";
  if (rule.max == INT64_MAX) return "Must be at least " + std::to_string(rule.min) + ".";
  if (rule.min == INT64_MIN) return "Must be at most " + std::to_string(rule.max) + ".";
  return "Must be between " + std::to_string(rule.min) + " and " + std::to_string(rule.max) + ".";
}

}  // namespace

Reader::Reader(Value value) : owned_(std::move(value)), value_(&owned_), errors_(&own_errors_) {
  if (!value_->is_object()) fail_at(pointer_, "wrong_type", "Must be an object.");
}

Reader::Reader(const Value& value, std::string pointer, std::vector<FieldError>& errors)
    : value_(&value), pointer_(std::move(pointer)), errors_(&errors) {
  if (!value_->is_object()) fail_at(pointer_, "wrong_type", "Must be an object.");
}

const Value* Reader::find(std::string_view key) const {
  if (!value_->is_object()) return nullptr;
  for (const auto& [name, value] : value_->get_ref<const Value::object_t&>()) {
    if (name == key) return &value;
  }
  return nullptr;
}

const Value* Reader::raw(std::string_view key) {
  known_.emplace_back(key);
  return find(key);
}

const Value* Reader::member(std::string_view key, bool required) {
  const Value* value = raw(key);
  if (value != nullptr && !value->is_null()) return value;
  if (required) fail(key, "required", "Must be given.");
  return nullptr;
}

bool Reader::has(std::string_view key) const {
  return find(key) != nullptr;
}

bool Reader::is_null(std::string_view key) const {
  const Value* value = find(key);
  return value != nullptr && value->is_null();
}

std::optional<std::string> Reader::check_text(const Value& value, const TextRule& rule,
                                              const std::string& pointer) {
  if (!value.is_string()) {
    fail_at(pointer, "wrong_type", "Must be a string.");
    return std::nullopt;
  }
  const auto& given = value.get_ref<const std::string&>();
  std::string text = to_nfc(rule.trim ? trimmed(given) : std::string_view(given));
  if (rule.multiline) text = with_plain_line_ends(text);
  if (const auto mistake = mistake_in(text, rule)) {
    fail_at(pointer, mistake->code, mistake->detail);
    return std::nullopt;
  }
  return text;
}

std::optional<std::string> Reader::read_text(std::string_view key, const TextRule& rule,
                                             bool required) {
  const Value* value = member(key, required);
  return value == nullptr ? std::nullopt : check_text(*value, rule, pointer(key));
}

std::string Reader::text(std::string_view key, const TextRule& rule) {
  return read_text(key, rule, true).value_or("");
}

std::optional<std::string> Reader::optional_text(std::string_view key, const TextRule& rule) {
  return read_text(key, rule, false);
}

std::optional<std::int64_t> Reader::read_integer(std::string_view key, const IntegerRule& rule,
                                                 bool required) {
  const Value* value = member(key, required);
  if (value == nullptr) return std::nullopt;
  if (!value->is_number_integer() && !is_huge(*value)) {
    fail(key, "wrong_type", "Must be an integer.");
    return std::nullopt;
  }
  const bool fits = value->is_number_integer() &&
                    (!value->is_number_unsigned() || value->get<std::uint64_t>() <= INT64_MAX);
  const std::int64_t number = fits ? value->get<std::int64_t>() : 0;
  if (!fits || number < rule.min || number > rule.max) {
    fail(key, "out_of_range", range_text(rule));
    return std::nullopt;
  }
  return number;
}

std::int64_t Reader::integer(std::string_view key, const IntegerRule& rule) {
  return read_integer(key, rule, true).value_or(0);
}

std::optional<std::int64_t> Reader::optional_integer(std::string_view key,
                                                     const IntegerRule& rule) {
  return read_integer(key, rule, false);
}

std::optional<bool> Reader::read_boolean(std::string_view key, bool required) {
  const Value* value = member(key, required);
  if (value == nullptr) return std::nullopt;
  if (value->is_boolean()) return value->get<bool>();
  fail(key, "wrong_type", "Must be true or false.");
  return std::nullopt;
}

bool Reader::boolean(std::string_view key) {
  return read_boolean(key, true).value_or(false);
}

std::optional<bool> Reader::optional_boolean(std::string_view key) {
  return read_boolean(key, false);
}

bool Reader::read_object(std::string_view key, bool required,
                         const std::function<void(Reader&)>& read) {
  const Value* value = member(key, required);
  if (value == nullptr) return false;
  Reader reader(*value, pointer(key), *errors_);
  if (!value->is_object()) return false;
  read(reader);
  reader.refuse_unknown();
  return true;
}

bool Reader::object(std::string_view key, const std::function<void(Reader&)>& read) {
  return read_object(key, true, read);
}

bool Reader::optional_object(std::string_view key, const std::function<void(Reader&)>& read) {
  return read_object(key, false, read);
}

bool Reader::check_count(std::string_view key, std::size_t count, std::size_t min,
                         std::size_t max) {
  if (count >= min && count <= max) return true;
  fail(key, "out_of_range",
       "Must hold between " + std::to_string(min) + " and " + std::to_string(max) + " items.");
  return false;
}

bool Reader::read_objects(std::string_view key, bool required, std::size_t min, std::size_t max,
                          const std::function<void(Reader&)>& read) {
  const Value* value = member(key, required);
  if (value == nullptr) return false;
  if (!value->is_array()) {
    fail(key, "wrong_type", "Must be a list.");
    return false;
  }
  if (!check_count(key, value->size(), min, max)) return false;
  std::size_t index = 0;
  for (const Value& item : *value) {
    Reader reader(item, pointer(key) + "/" + std::to_string(index++), *errors_);
    if (!item.is_object()) continue;
    read(reader);
    reader.refuse_unknown();
  }
  return true;
}

bool Reader::objects(std::string_view key, std::size_t min, std::size_t max,
                     const std::function<void(Reader&)>& read) {
  return read_objects(key, true, min, max, read);
}

bool Reader::optional_objects(std::string_view key, std::size_t min, std::size_t max,
                              const std::function<void(Reader&)>& read) {
  return read_objects(key, false, min, max, read);
}

std::vector<std::string> Reader::texts(std::string_view key, std::size_t min, std::size_t max,
                                       const TextRule& rule) {
  const Value* value = member(key, true);
  if (value == nullptr) return {};
  if (!value->is_array()) {
    fail(key, "wrong_type", "Must be a list of strings.");
    return {};
  }
  if (!check_count(key, value->size(), min, max)) return {};
  std::vector<std::string> texts;
  for (const Value& item : *value) {
    const std::string at = pointer(key) + "/" + std::to_string(texts.size());
    texts.push_back(check_text(item, rule, at).value_or(""));
  }
  return texts;
}

std::optional<std::vector<std::pair<std::string, std::string>>> Reader::optional_text_map(
    std::string_view key, std::size_t max_members, const TextRule& names, const TextRule& values) {
  const Value* value = member(key, false);
  if (value == nullptr) return std::nullopt;
  if (!value->is_object()) {
    fail(key, "wrong_type", "Must be an object of strings.");
    return std::nullopt;
  }
  if (!check_count(key, value->size(), 0, max_members)) return std::nullopt;
  std::vector<std::pair<std::string, std::string>> map;
  for (const auto& [given, item] : value->get_ref<const Value::object_t&>()) {
    const std::string at = pointer(key) + "/" + escape_pointer(given);
    std::string name = to_nfc(given);
    if (const auto mistake = mistake_in(name, names)) fail_at(at, mistake->code, mistake->detail);
    const bool twice = std::any_of(map.begin(), map.end(),
                                   [&name](const auto& each) { return each.first == name; });
    if (twice) fail_at(at, "invalid_format", "Is given twice, once in another normal form.");
    map.emplace_back(std::move(name), check_text(item, values, at).value_or(""));
  }
  return map;
}

void Reader::fail(std::string_view key, std::string_view code, std::string_view detail) {
  fail_at(pointer(key), code, detail);
}

void Reader::fail_at(std::string pointer, std::string_view code, std::string_view detail) {
  if (errors_->size() >= kMaxErrors) return;
  errors_->push_back({std::move(pointer), std::string(code), std::string(detail)});
}

std::string Reader::pointer(std::string_view key) const {
  return pointer_ + "/" + escape_pointer(key);
}

void Reader::refuse_unknown() {
  if (!value_->is_object()) return;
  for (const auto& [name, value] : value_->get_ref<const Value::object_t&>()) {
    if (std::find(known_.begin(), known_.end(), name) == known_.end()) {
      fail(name, "unknown_field", "No such field.");
    }
  }
}

void Reader::finish() {
  refuse_unknown();
  if (!errors_->empty()) throw validation_failed(std::move(*errors_));
}

}  // namespace mercato::json
