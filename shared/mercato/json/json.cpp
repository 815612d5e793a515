#include "mercato/json/json.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "mercato/error/error.hpp"
#include "mercato/json/pointer.hpp"

namespace mercato::json {
namespace {

Error malformed(std::string detail) {
  return {ErrorKind::bad_request, "malformed_json", std::move(detail)};
}

/// Builds a Value from the parser's events. Compared with the library's own builder it bounds
/// depth, members and values while parsing, and refuses what that lets pass: duplicate names and
/// NUL. What is wrong with a value, and not with the text, is told with where it stands.
class Builder : public nlohmann::json_sax<Value> {
 public:
  explicit Builder(const Limits& limits) : limits_(limits) {}

  Value take() { return std::move(root_); }

  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(number_integer_t value) override { return add(value); }
  bool number_unsigned(number_unsigned_t value) override { return add(value); }
  bool number_float(number_float_t value, const string_t&) override { return add(value); }
  bool string(string_t& value) override {
    if (has_nul(value)) throw nul_at(pointer());
    return add(std::move(value));
  }
  bool binary(binary_t&) override { return false; }

  bool start_object(std::size_t) override { return open(Value::object()); }
  bool start_array(std::size_t) override { return open(Value::array()); }
  bool end_array() override { return close(); }
  bool end_object() override {
    refuse_duplicates(open_.back()->get_ref<Value::object_t&>());
    return close();
  }

  bool key(string_t& name) override {
    auto& members = open_.back()->get_ref<Value::object_t&>();
    if (members.size() >= limits_.members) {
      throw validation_failed(
          {{container_pointer(), "out_of_range",
            "Must have at most " + std::to_string(limits_.members) + " members."}});
    }
    if (has_nul(name)) throw nul_at(container_pointer() + "/" + escape_pointer(name));
    // Straight to the vector beneath: the map's own emplace searches all members for each new one.
    members.emplace_back(std::move(name), nullptr);
    return true;
  }

  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception& error) override {
    constexpr int kNumberOverflow = 406;
    if (error.id != kNumberOverflow) {
      throw malformed("The text is not valid JSON at byte " + std::to_string(position) + ".");
    }
    throw validation_failed({{pointer(), "out_of_range", "The number is too large."}});
  }

 private:
  bool add(Value value) {
    place(std::move(value));
    return true;
  }

  bool open(Value container) {
    if (open_.size() >= limits_.depth) throw malformed("The text is nested too deeply.");
    open_.push_back(&place(std::move(container)));
    return true;
  }

  bool close() {
    open_.pop_back();
    return true;
  }

  Value& place(Value value) {
    if (++values_ > limits_.values) {
      throw validation_failed(
          {{"", "out_of_range",
            "Must have at most " + std::to_string(limits_.values) + " values."}});
    }
    if (open_.empty()) return root_ = std::move(value);
    if (open_.back()->is_array()) {
      auto& items = open_.back()->get_ref<Value::array_t&>();
      return items.emplace_back(std::move(value));
    }
    return open_.back()->get_ref<Value::object_t&>().back().second = std::move(value);
  }

  /// Where the innermost open container stands.
  std::string container_pointer() const {
    std::string path;
    for (const Value* container : open_) {
      if (container != open_.back()) path += last_token(*container, 1);
    }
    return path;
  }

  /// Where the next value would go: an object has its name already, a list has no item for it yet.
  std::string pointer() const {
    return open_.empty() ? "" : container_pointer() + last_token(*open_.back(), 0);
  }

  static std::string last_token(const Value& container, std::size_t offset) {
    return '/' + (container.is_array()
                      ? std::to_string(container.size() - offset)
                      : escape_pointer(container.get_ref<const Value::object_t&>().back().first));
  }

  static bool has_nul(std::string_view text) { return text.find('\0') != std::string_view::npos; }

  static Error nul_at(std::string pointer) {
    return validation_failed({{std::move(pointer), "invalid_format", "Must not contain NUL."}});
  }

  void refuse_duplicates(const Value::object_t& members) {
    names_.clear();
    for (const auto& [name, value] : members) names_.emplace_back(name);
    std::sort(names_.begin(), names_.end());
    if (std::adjacent_find(names_.begin(), names_.end()) != names_.end()) {
      throw malformed("An object has two members of one name.");
    }
  }

  const Limits limits_;
  Value root_;
  std::size_t values_ = 0;
  std::vector<Value*> open_;  // from the outermost container to the innermost
  std::vector<std::string_view> names_;
};

}  // namespace

Value parse(std::string_view text, const Limits& limits) {
  // The lexer takes NUL for the end of its input and would not see what follows.
  if (text.find('\0') != std::string_view::npos) throw malformed("NUL is not allowed.");
  // It would also skip this; RFC 8259 section 8.1 has it that nobody may send it.
  if (text.substr(0, 3) == "\xef\xbb\xbf") throw malformed("A byte order mark is not allowed.");
  Builder builder(limits);
  if (!Value::sax_parse(text, &builder)) throw malformed("The text is not valid JSON.");
  return builder.take();
}

std::string dump(const Value& value) {
  return value.dump(-1, ' ', false, Value::error_handler_t::replace);
}

}  // namespace mercato::json
