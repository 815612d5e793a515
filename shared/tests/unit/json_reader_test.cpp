#include <support/catch.hpp>

#include <string>
#include <utility>
#include <vector>

#include "mercato/json/reader.hpp"

using namespace mercato;

namespace {

/// "pointer code" of everything that finish() reports, in order.
std::vector<std::string> mistakes(json::Reader& reader) {
  std::vector<std::string> found;
  try {
    reader.finish();
  } catch (const Error& error) {
    CHECK(error.code() == "validation_failed");
    for (const auto& field : error.fields()) found.push_back(field.pointer + " " + field.code);
  }
  return found;
}

using Mistakes = std::vector<std::string>;

}  // namespace

TEST_CASE("members are read with their types", "[json]") {
  json::Reader body(json::parse(
      R"({"t":" x ","i":-3,"b":true,"o":{"n":1},"l":[{"n":1},{"n":2}],"s":["a","b"],
          "m":{"k":"v"},"r":[1]})"));
  CHECK(body.text("t") == "x");
  CHECK(body.integer("i") == -3);
  CHECK(body.boolean("b"));
  std::int64_t sum = 0;
  CHECK(body.object("o", [&](json::Reader& o) { sum += o.integer("n"); }));
  CHECK(body.objects("l", 1, 5, [&](json::Reader& o) { sum += o.integer("n"); }));
  CHECK(sum == 4);
  CHECK(body.texts("s", 0, 5) == std::vector<std::string>{"a", "b"});
  const auto map = body.optional_text_map("m", 5, {}, {});
  REQUIRE(map);
  CHECK(map->front() == std::pair<std::string, std::string>("k", "v"));
  CHECK(body.raw("r")->size() == 1);
  CHECK(body.ok());
  CHECK_NOTHROW(body.finish());
}

TEST_CASE("everything that is wrong is told at once, with its place", "[json]") {
  json::Reader body(json::parse(
      R"({"t":1,"i":1.0,"b":"true","o":{"n":"x","extra":1},"l":[{"n":1},{"n":null}],"more":0})"));
  body.text("t");
  body.integer("i");
  body.boolean("b");
  body.text("missing");
  body.object("o", [](json::Reader& o) { o.integer("n"); });
  body.objects("l", 1, 5, [](json::Reader& o) { o.integer("n"); });
  CHECK(mistakes(body) == Mistakes{"/t wrong_type", "/i wrong_type", "/b wrong_type",
                                   "/missing required", "/o/n wrong_type", "/o/extra unknown_field",
                                   "/l/1/n required", "/more unknown_field"});
}

TEST_CASE("an optional member may be absent or null, but not wrong", "[json]") {
  json::Reader body(json::parse(R"({"null":null,"wrong":[]})"));
  CHECK_FALSE(body.optional_text("absent"));
  CHECK_FALSE(body.optional_text("null"));
  CHECK_FALSE(body.optional_integer("absent"));
  CHECK_FALSE(body.optional_boolean("null"));
  CHECK_FALSE(body.optional_object("absent", [](json::Reader&) {}));
  CHECK_FALSE(body.optional_text_map("absent", 1, {}, {}));
  CHECK(body.is_null("null"));
  CHECK(body.has("null"));
  CHECK_FALSE(body.has("absent"));
  CHECK_FALSE(body.optional_integer("wrong"));
  CHECK(mistakes(body) == Mistakes{"/wrong wrong_type"});
}

TEST_CASE("integers are integers, in range and in 64 bits", "[json]") {
  json::Reader body(json::parse(
      R"({"e":1e2,"f":1.0,"s":"1","big":18446744073709551615,"huge":99999999999999999999,
          "low":0,"high":11,"min":-9223372036854775808})"));
  for (const char* const key : {"e", "f", "s", "big", "huge"}) body.integer(key);
  body.integer("low", {.min = 1, .max = 10});
  body.integer("high", {.min = 1, .max = 10});
  CHECK(body.integer("min") == INT64_MIN);
  CHECK(mistakes(body) == Mistakes{"/e wrong_type", "/f wrong_type", "/s wrong_type",
                                   "/big out_of_range", "/huge out_of_range", "/low out_of_range",
                                   "/high out_of_range"});
}

TEST_CASE("a text's length counts characters, not bytes", "[json]") {
  json::Reader body(json::parse(R"({"ok":"éééé😀","long":"éééééé","short":"é","blank":"  "})"));
  CHECK(body.text("ok", {.max = 5}) == "éééé😀");
  body.text("long", {.max = 5});
  body.text("short", {.min = 2});
  body.text("blank");
  CHECK(mistakes(body) == Mistakes{"/long too_long", "/short out_of_range", "/blank required"});
}

TEST_CASE("text is brought into normal form before it is counted", "[json]") {
  const std::string decomposed = "e\xcc\x81";  // é as two characters
  const std::string grows = "\xe0\xa5\x98";     // U+0958, which becomes two
  json::Reader body(json::parse(R"({"a":")" + decomposed + R"(","b":")" + grows + R"(","m":{")" +
                                decomposed + R"(":"v","\u00e9":"w"}})"));
  CHECK(body.text("a", {.max = 1}) == "\xc3\xa9");
  static_cast<void>(body.text("b", {.max = 1}));
  static_cast<void>(body.optional_text_map("m", 5, {.max = 1}, {}));
  CHECK(mistakes(body) == Mistakes{"/b too_long", "/m/\xc3\xa9 invalid_format"});
}

TEST_CASE("white space around a text is dropped, whatever its kind", "[json]") {
  json::Reader body(json::parse(R"({"a":"\u00a0\u3000 x y\n\u2009","b":" x "})"));
  CHECK(body.text("a") == "x y");
  CHECK(body.text("b", {.trim = false}) == " x ");
}

TEST_CASE("a text of which nothing can be seen is empty, unless it may be", "[json]") {
  json::Reader body(json::parse(
      R"({"joiner":"\u200b","filler":" \u3164 \u2800","optional":"\ufe0f","m":{"\u200b":"v"},)"
      R"("empty":"\u200b","persian":"\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",)"
      R"("family":"\ud83d\udc68\u200d\ud83d\udc69\ufe0f","last":"\u200bx"})"));
  body.text("joiner");
  body.text("filler");
  static_cast<void>(body.optional_text("optional"));
  static_cast<void>(body.optional_text_map("m", 5, {}, {}));
  CHECK(body.text("empty", {.min = 0}) == "\u200b");
  CHECK(body.text("persian") == "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645");
  CHECK(body.text("family") == "\U0001f468\u200d\U0001f469\ufe0f");
  CHECK(body.text("last") == "\u200bx");
  CHECK(mistakes(body) == Mistakes{"/joiner required", "/filler required", "/optional required",
                                   "/m/\u200b required"});
}

TEST_CASE("control characters are refused, line breaks unless asked for", "[json]") {
  json::Reader body(json::parse(
      R"({"lf":"a\nb","ok":"a\n\tb","crlf":"a\r\n\r\nb","cr":"a\rb",)"
      R"("esc":"a\u001bb","del":"a\u007fb","c1":"a\u0085b"})"));
  body.text("lf");
  CHECK(body.text("ok", {.multiline = true}) == "a\n\tb");
  CHECK(body.text("crlf", {.multiline = true}) == "a\n\nb");
  body.text("cr", {.multiline = true});
  body.text("esc", {.multiline = true});
  body.text("del");
  body.text("c1");
  CHECK(mistakes(body) == Mistakes{"/lf invalid_format", "/cr invalid_format",
                                   "/esc invalid_format", "/del invalid_format",
                                   "/c1 invalid_format"});
}

TEST_CASE("a list has a length and items of one type", "[json]") {
  json::Reader body(
      json::parse(R"({"none":[],"many":[1,2,3],"mixed":["a",1],"no":{},"objs":[1]})"));
  body.objects("none", 1, 2, [](json::Reader&) {});
  body.objects("many", 1, 2, [](json::Reader&) {});
  body.texts("mixed", 0, 5);
  body.texts("no", 0, 5);
  body.objects("objs", 0, 5, [](json::Reader&) {});
  CHECK(mistakes(body) == Mistakes{"/none out_of_range", "/many out_of_range",
                                   "/mixed/1 wrong_type", "/no wrong_type", "/objs/0 wrong_type"});
}

TEST_CASE("a map of texts checks names and values", "[json]") {
  json::Reader body(json::parse(R"({"m":{"toolong":"v","a/b":1}})"));
  body.optional_text_map("m", 5, {.max = 3}, {.max = 5});
  CHECK(mistakes(body) == Mistakes{"/m/toolong too_long", "/m/a~1b wrong_type"});
  json::Reader full(json::parse(R"({"m":{"a":"1","b":"2"}})"));
  full.optional_text_map("m", 1, {}, {});
  CHECK(mistakes(full) == Mistakes{"/m out_of_range"});
}

TEST_CASE("a body that is no object is told as such", "[json]") {
  json::Reader body(json::parse("[1]"));
  body.optional_text("t");
  CHECK(mistakes(body) == Mistakes{" wrong_type"});
}

TEST_CASE("the caller may report mistakes of its own", "[json]") {
  json::Reader body(json::parse(R"({"o":{"a":"x"}})"));
  body.object("o", [](json::Reader& o) {
    o.text("a");
    o.fail("a", "invalid_format", "No.");
  });
  CHECK(mistakes(body) == Mistakes{"/o/a invalid_format"});
}

TEST_CASE("a member without a name is told apart from the whole", "[json]") {
  json::Reader body(json::parse(R"({"":1,"o":{"":1}})"));
  body.object("o", [](json::Reader&) {});
  CHECK(mistakes(body) == Mistakes{"/o/ unknown_field", "/ unknown_field"});
}

TEST_CASE("of a name without end the beginning is told", "[json]") {
  std::string tildes, snowmen;
  for (int i = 0; i < 100; ++i) {
    tildes += "~0";
    snowmen += "☃";
  }
  json::Reader body(json::parse(R"({")" + std::string(101, '~') + R"(":1,"o":{")" + snowmen +
                                R"(":1,")" + snowmen + R"(x":1},"m":{")" + snowmen + R"(x":1}})"));
  body.object("o", [](json::Reader&) {});
  body.optional_text_map("m", 5, {}, {});
  CHECK(mistakes(body) ==
        Mistakes{"/o/" + snowmen + " unknown_field", "/o/" + snowmen + "… unknown_field",
                 "/m/" + snowmen + "… wrong_type", "/" + tildes + "… unknown_field"});
}

TEST_CASE("mistakes without end are not all told", "[json]") {
  std::string text = "{";
  for (int i = 0; i < 500; ++i) text += (i > 0 ? ",\"" : "\"") + std::to_string(i) + "\":0";
  json::Reader body(json::parse(text + "}"));
  CHECK(mistakes(body).size() == 100);
}

TEST_CASE("UTF-8 is checked strictly", "[json]") {
  CHECK(json::is_valid_utf8("aé€😀"));
  CHECK(json::length("aé€😀") == 4);
  for (const char* const bytes : {"\x80", "\xc3", "\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80",
                                  "\xf0\x80\x80\x80", "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80"}) {
    CHECK_FALSE(json::is_valid_utf8(bytes));
    for (std::size_t before = 0; before < 17; ++before) {
      CAPTURE(before);
      CHECK_FALSE(json::is_valid_utf8(std::string(before, 'a') + bytes + std::string(16, 'a')));
      CHECK(json::is_valid_utf8(std::string(before, 'a') + "é€😀" + std::string(before, 'a')));
    }
  }
}
