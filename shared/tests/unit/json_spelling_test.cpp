#include <support/catch.hpp>

#include <mercato/json/spelling.hpp>

using mercato::json::spelling_key;
using mercato::json::trimmed;

TEST_CASE("a text without the white space around it", "[json]") {
  CHECK(trimmed("\t two words\u3000\n") == "two words");
  CHECK(trimmed(" \u00a0 ").empty());
  CHECK(trimmed("").empty());
}

TEST_CASE("all spellings of a text have one key", "[json]") {
  CHECK(spelling_key("Ada") == "ada");
  CHECK(spelling_key(" J\u00d6RG\xc2\x85") == "j\u00f6rg");
  CHECK(spelling_key("Jo\u0308rg") == "j\u00f6rg");
  CHECK(spelling_key("\u039f\u0394\u039f\u03a3") == "\u03bf\u03b4\u03bf\u03c2");  // a final sigma
  CHECK(spelling_key("  ").empty());
}
