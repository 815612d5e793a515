#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mercato/error/error.hpp"
#include "mercato/json/json.hpp"
#include "mercato/json/utf8.hpp"

namespace mercato::json {

/// What a text must be like after it was brought into normalisation form C.
struct TextRule {
  std::size_t min = 1;     // in code points, of which one can be seen, unless it is 0
  std::size_t max = 1000;  // in code points
  bool multiline = false;  // allow TAB and LF, which CR LF becomes; other control characters never
  bool trim = true;        // leading and trailing white space does not count and is dropped
};

struct IntegerRule {
  std::int64_t min = INT64_MIN;
  std::int64_t max = INT64_MAX;
};

/// Reads the members of one JSON object with their types and collects everything that is wrong,
/// each with its JSON pointer, instead of stopping at the first. Usage:
///
///   json::Reader body(json::parse(request.body()));
///   auto name = body.text("name", {.max = 200});
///   auto price = body.object("price", [](json::Reader& price) { … });
///   body.finish();      // refuses unknown members, throws 422 validation_failed if anything is
///   wrong
///
/// After a mistake a getter returns a default value, so reading can go on; nothing read may be used
/// before finish() returned. `required` getters report `required` when absent or null.
/// Codes: required unknown_field wrong_type out_of_range too_long invalid_format.
/// One thread; keeps the value alive.
class Reader {
 public:
  /// The whole body. A body that is no object is reported as wrong_type at "".
  explicit Reader(Value value);
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  std::string text(std::string_view key, const TextRule& rule = {});
  std::optional<std::string> optional_text(std::string_view key, const TextRule& rule = {});
  std::int64_t integer(std::string_view key, const IntegerRule& rule = {});
  std::optional<std::int64_t> optional_integer(std::string_view key, const IntegerRule& rule = {});
  bool boolean(std::string_view key);
  std::optional<bool> optional_boolean(std::string_view key);

  /// Calls `read` with a reader of the member; false if it is absent, null or no object.
  bool object(std::string_view key, const std::function<void(Reader&)>& read);
  bool optional_object(std::string_view key, const std::function<void(Reader&)>& read);
  /// Calls `read` for each item, which must be an object; checks the length.
  bool objects(std::string_view key, std::size_t min, std::size_t max,
               const std::function<void(Reader&)>& read);
  bool optional_objects(std::string_view key, std::size_t min, std::size_t max,
                        const std::function<void(Reader&)>& read);
  /// A list of strings.
  std::vector<std::string> texts(std::string_view key, std::size_t min, std::size_t max,
                                 const TextRule& rule = {});
  /// {"name": "value", …}; nothing when absent.
  std::optional<std::vector<std::pair<std::string, std::string>>> optional_text_map(
      std::string_view key, std::size_t max_members, const TextRule& names, const TextRule& values);

  /// The member itself, marked as known; nullptr when absent.
  const Value* raw(std::string_view key);
  [[nodiscard]] bool has(std::string_view key) const;      // present, also when null
  [[nodiscard]] bool is_null(std::string_view key) const;  // present and null

  /// Reports a mistake that only the caller can see.
  void fail(std::string_view key, std::string_view code, std::string_view detail);
  [[nodiscard]] std::string pointer(std::string_view key) const;
  [[nodiscard]] bool ok() const { return errors_->empty(); }

  /// Members that nobody asked for are `unknown_field`. Called by object()/objects() for nested
  /// ones, and by finish().
  void refuse_unknown();
  /// Throws Error 422 with all mistakes, if there are any. Call on the outermost reader, last.
  void finish();

 private:
  Reader(const Value& value, std::string pointer, std::vector<FieldError>& errors);
  const Value* find(std::string_view key) const;
  /// The member, marked as known; nullptr when absent or null, which is a mistake if `required`.
  const Value* member(std::string_view key, bool required);
  std::optional<std::string> check_text(const Value& value, const TextRule& rule,
                                        const std::string& pointer);
  std::optional<std::string> read_text(std::string_view key, const TextRule& rule, bool required);
  std::optional<std::int64_t> read_integer(std::string_view key, const IntegerRule& rule,
                                           bool required);
  std::optional<bool> read_boolean(std::string_view key, bool required);
  bool read_object(std::string_view key, bool required, const std::function<void(Reader&)>& read);
  bool read_objects(std::string_view key, bool required, std::size_t min, std::size_t max,
                    const std::function<void(Reader&)>& read);
  bool check_count(std::string_view key, std::size_t count, std::size_t min, std::size_t max);
  void fail_at(std::string pointer, std::string_view code, std::string_view detail);

  Value owned_;
  std::vector<FieldError> own_errors_;
  const Value* value_;
  std::string pointer_;
  std::vector<FieldError>* errors_;
  std::vector<std::string> known_;
};

}  // namespace mercato::json
