#include <support/catch.hpp>

#include "mercato/json/json.hpp"
#include "mercato/json/text.hpp"

namespace json = mercato::json;

namespace {

std::string written(std::string_view text) {
  std::string out = "before ";
  json::append_text(out, text);
  return out;
}

}  // namespace

TEST_CASE("a text is written as the tree writes it", "[json][unit]") {
  CHECK(written("") == "before \"\"");
  CHECK(written("tea & \"coffee\"\n") == R"(before "tea & \"coffee\"\n")");
  for (int c = 1; c < 0x80; ++c) {
    const std::string text = {'a', static_cast<char>(c), 'z', static_cast<char>(c)};
    CHECK(written(text) == "before " + json::dump(text));
  }
  const std::string other = "\xc2\x80 \xe2\x82\xac \xf0\x9f\x8d\xb5";
  CHECK(written(other) == "before " + json::dump(other));
}
