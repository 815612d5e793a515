#include "storage/search_text.hpp"

#include <support/catch.hpp>

using catalog::storage::read_search_text;

namespace {

std::string websearch(const std::string& text) {
  return read_search_text(text).websearch;
}

bool is_plain(const std::string& text) {
  return read_search_text(text).is_plain;
}

}  // namespace

TEST_CASE("words, phrases and exclusions are searched for as they are written", "[search][unit]") {
  for (const auto* text : {"", "mug", "blue mug", "t-shirt", "mug -blue", "-blue", "mug --blue",
                           "\"blue mug\" cup", "mug -\"also in\"", "\"a - b\"", "\"now or never\"",
                           "for", "-or", "für -élan", "a\u00A0-b"}) {
    CHECK(websearch(text) == text);
  }
}

TEST_CASE("a hyphen that excludes nothing is left out of a search", "[search][unit]") {
  CHECK(websearch("Kettle - Blue") == "Kettle  Blue");
  CHECK(websearch("Kettle -- Blue -") == "Kettle  Blue ");
  CHECK(websearch("- \"a\" -") == " \"a\" ");
}

TEST_CASE("or is a word like any other", "[search][unit]") {
  CHECK(websearch("now or never") == "now ,or never");
  CHECK(websearch("now OR, never|Or") == "now ,OR, never|,Or");
  CHECK(websearch("or") == ",or");
  CHECK(websearch("now or/never or.") == "now ,or/never ,or.");
  CHECK(websearch("now/or/never or_x") == "now/or/never ,or_x");
  CHECK(websearch("order or-bit oral") == ",order ,or-bit ,oral");
  CHECK(websearch("\"now\"or never") == "\"now\",or never");
  CHECK(websearch("now or\u00A0never or– or… orée") == "now ,or\u00A0never ,or– ,or… ,orée");
}

TEST_CASE("a blank is a blank, whichever it is", "[search][unit]") {
  for (const auto* blank :
       {"\u1680", "\u2000", "\u2001", "\u2002", "\u2003", "\u2004", "\u2005", "\u2006", "\u2008",
        "\u2009", "\u200A", "\u2028", "\u2029", "\u205F", "\u3000"}) {
    const auto joined = [&](const std::string& left, const std::string& right) {
      return left + blank + right;
    };
    INFO(joined("a", "b"));
    CHECK(websearch(joined("now", joined("or", "never"))) == "now ,or never");
    CHECK(websearch(joined("Kettle", joined("-", "Blue"))) == "Kettle  Blue");
    CHECK(websearch(joined("\"blue", "mug\"")) == "\"blue mug\"");
    CHECK(websearch(joined("lamp", "-red")) == "lamp -red");
    CHECK_FALSE(is_plain(joined("lamp", "-red")));
    CHECK(is_plain(joined("lamp", "red")));
  }
}

TEST_CASE("what is quoted or excluded is meant as it is written", "[search][unit]") {
  for (const auto* text :
       {"mug", "Kettle - Blue", "now or never", "t-shirt", "a -", "a/-b", "a .-b"}) {
    INFO(text);
    CHECK(is_plain(text));
  }
  for (const auto* text : {"\"mug\"", "a -b", "-b", "a -\"b\"", "a (-b"}) {
    INFO(text);
    CHECK_FALSE(is_plain(text));
  }
}
