#include <support/catch.hpp>

#include <string>

#include "mercato/error/error.hpp"
#include "mercato/json/json.hpp"

using namespace mercato;

namespace {

std::string code_of(const std::string& text) {
  try {
    static_cast<void>(json::parse(text));
  } catch (const Error& error) {
    return error.code();
  }
  return "";
}

/// Where correct JSON holds more than we do, and why it is refused.
std::string mistake_of(const std::string& text) {
  try {
    static_cast<void>(json::parse(text));
  } catch (const Error& error) {
    CHECK(error.code() == "validation_failed");
    REQUIRE(error.fields().size() == 1);
    return error.fields()[0].pointer + " " + error.fields()[0].code;
  }
  return "";
}

std::string nested(std::size_t depth) {
  return std::string(depth, '[') + std::string(depth, ']');
}

}  // namespace

TEST_CASE("JSON is read and written again as it was, in its order", "[json]") {
  const std::string text =
      R"({"z":1,"a":[true,false,null,-2,1.5,"x"],"o":{"k":"v"},"big":18446744073709551615})";
  CHECK(json::dump(json::parse(text)) == text);
}

TEST_CASE("escapes are read", "[json]") {
  CHECK(json::parse(R"("\u00e9\ud83d\ude00\n\/")").get<std::string>() == "é😀\n/");
}

TEST_CASE("what is not JSON is malformed", "[json]") {
  for (const char* const text :
       {"",      " ",     "{",       "[1,]",   "{\"a\":1,}", "{a:1}",       "{'a':1}",
        "01",    "1.",    ".5",      "+1",     "NaN",        "Infinity",    "tru",
        "[1] 2", "{} {}", "\"\\x\"", "\"\t\"", "/* no */ 1", "\"\\ud800\"", "\"\\udc00\\ud800\"",
        "[1 2]", "\"open"}) {
    CAPTURE(text);
    CHECK(code_of(text) == "malformed_json");
  }
}

TEST_CASE("bytes that are not UTF-8 are malformed", "[json]") {
  for (const char* const bytes : {"\xff", "\xc3", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80"}) {
    CHECK(code_of("\"" + std::string(bytes) + "\"") == "malformed_json");
  }
}

TEST_CASE("a byte order mark is malformed", "[json]") {
  CHECK(code_of("\xef\xbb\xbf{}") == "malformed_json");
}

TEST_CASE("NUL is refused wherever it stands", "[json]") {
  CHECK(mistake_of(R"("\u0000")") == " invalid_format");
  CHECK(mistake_of(R"({"a":[1,{"b":"\u0000"}]})") == "/a/1/b invalid_format");
  CHECK(mistake_of(R"({"a":[{"b\u0000":1}]})") == std::string("/a/0/b\0 invalid_format", 22));
  CHECK(code_of(std::string("1\0 trailing", 11)) == "malformed_json");
}

TEST_CASE("a name given twice is malformed, in any object", "[json]") {
  CHECK(code_of(R"({"a":1,"a":2})") == "malformed_json");
  CHECK(code_of(R"({"x":{"a":1,"b":2,"a":3}})") == "malformed_json");
  CHECK(code_of(R"({"a":1,"\u0061":2})") == "malformed_json");
  CHECK(code_of(R"([{"a":1},{"a":2}])").empty());
  CHECK(code_of(R"({"a":{"a":1}})").empty());
}

TEST_CASE("nesting is bounded while parsing", "[json]") {
  CHECK(code_of(nested(32)).empty());
  CHECK(code_of(nested(33)) == "malformed_json");
  CHECK(code_of(std::string(1'000'000, '[')) == "malformed_json");
}

TEST_CASE("an object's members are bounded", "[json]") {
  const auto object = [](std::size_t members) {
    std::string text = "{";
    for (std::size_t i = 0; i < members; ++i) {
      text += (i > 0 ? ",\"" : "\"") + std::to_string(i) + "\":0";
    }
    return text + "}";
  };
  CHECK(code_of(object(2000)).empty());
  CHECK(mistake_of("{\"a\":[0," + object(2001) + "]}") == "/a/1 out_of_range");
}

TEST_CASE("values are bounded in all, wherever they stand", "[json]") {
  const auto list = [](std::size_t values, const std::string& value) {
    std::string text = "[" + value;
    for (std::size_t i = 1; i < values; ++i) text += "," + value;
    return text + "]";
  };
  CHECK(code_of(list(19'999, "\"\"")).empty());
  for (const char* const value : {"\"\"", "0", "null", "true", "0.5", "[]", "{}"}) {
    CAPTURE(value);
    CHECK(mistake_of(list(20'000, value)) == " out_of_range");
  }
  CHECK(code_of(list(9'999, R"({"a":0})")).empty());
  CHECK(mistake_of(list(10'000, R"({"a":0})")) == " out_of_range");
  CHECK(json::parse(list(20'000, "\"\""), json::kNeighbourLimits).size() == 20'000);
}

TEST_CASE("a number that nothing can hold is a wrong field, not a wrong text", "[json]") {
  try {
    static_cast<void>(json::parse(R"({"a":[1,{"b/c":1e400}]})"));
    FAIL("parsed");
  } catch (const Error& error) {
    CHECK(error.code() == "validation_failed");
    REQUIRE(error.fields().size() == 1);
    CHECK(error.fields()[0].pointer == "/a/1/b~1c");
    CHECK(error.fields()[0].code == "out_of_range");
  }
  CHECK(code_of(std::string(400, '9')) == "validation_failed");
  CHECK(code_of("99999999999999999999").empty());  // a double can, roughly
}

TEST_CASE("writing replaces what is not UTF-8", "[json]") {
  CHECK(json::dump(json::Value("a\xff")) == "\"a\xef\xbf\xbd\"");
}
