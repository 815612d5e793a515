#include <support/catch.hpp>

#include <mercato/json/visible.hpp>

using mercato::json::has_invisible;
using mercato::json::has_visible;

TEST_CASE("white space and what is ignored cannot be seen", "[json]") {
  for (const char* text : {"\t", " ", "\u0085", "\u00a0", "\u00ad", "\u034f", "\u061c", "\u115f",
                           "\u1680", "\u17b4", "\u180b", "\u180e", "\u2000", "\u200f", "\u2028",
                           "\u202f", "\u205f", "\u2065", "\u2800", "\u3000", "\u3164", "\ufe0f",
                           "\ufeff", "\uffa0", "\U0001d173", "\U000e0041", "\U000e0fff"}) {
    INFO(text);
    CHECK(has_invisible(text));
    CHECK_FALSE(has_visible(text));
  }
}

TEST_CASE("letters, marks and signs of any script can be seen", "[json]") {
  for (const char* text : {"a", "0", "-", "\u00ae", "\u0301", "\u0644", "\u1180", "\u2010",
                           "\u2801", "\u3042", "\ufe10", "\U0001f600", "\U000e1000"}) {
    INFO(text);
    CHECK(has_visible(text));
    CHECK_FALSE(has_invisible(text));
  }
}

TEST_CASE("a text may have both, and an empty one has neither", "[json]") {
  CHECK(has_visible("\u200ba"));
  CHECK(has_invisible("a\u200b"));
  CHECK_FALSE(has_visible(""));
  CHECK_FALSE(has_invisible(""));
}
