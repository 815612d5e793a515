// Cursors, which come back from clients, and times and ids, which are written into them.

#include <string>
#include <vector>

#include "input.hpp"
#include "mercato/clock/clock.hpp"
#include "mercato/error/error.hpp"
#include "mercato/http/query.hpp"
#include "mercato/id/uuid.hpp"

using namespace mercato;
using fuzz::promise;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  if (size < 1000) {
    const std::vector<std::string> key{std::string(text), "7"};
    promise(http::decode_cursor(http::encode_cursor(key, "filters"), "filters") == key);
  }
  try {
    static_cast<void>(http::decode_cursor(text, "filters"));
  } catch (const Error& error) {
    promise(error.code() == "invalid_cursor");
  }
  if (const auto time = parse_rfc3339(text)) {
    promise(parse_rfc3339(to_rfc3339(*time)).has_value());
  }
  if (const auto id = Uuid::parse(text)) promise(Uuid::parse(id->str()) == id);
  return 0;
}
