// A body: parsed, written again, and read by its fields.

#include "input.hpp"
#include "mercato/error/error.hpp"
#include "mercato/json/json.hpp"
#include "mercato/json/reader.hpp"

using namespace mercato;
using fuzz::promise;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) try {
  auto value = json::parse(fuzz::text_of(data, size));
  const auto again = json::parse(json::dump(value));
  promise(json::dump(again) == json::dump(value));
  json::Reader body(std::move(value));
  const auto text = body.text("text", {.max = 20});
  promise(json::is_valid_utf8(text) && json::length(text) <= 20);
  static_cast<void>(body.optional_integer("number", {.min = -5, .max = 5}));
  static_cast<void>(body.optional_text_map("map", 5, {.max = 5}, {.max = 5}));
  body.optional_objects("list", 0, 3, [](json::Reader& item) { item.text("text"); });
  body.finish();
  return 0;
} catch (const Error& error) {
  promise(error.kind() == ErrorKind::bad_request || error.kind() == ErrorKind::validation);
  return 0;
}
