#include <mercato/http/query.hpp>

#include <support/catch.hpp>

using namespace mercato;
using namespace mercato::http;

namespace {

Request asking(std::vector<std::pair<std::string, std::string>> parameters) {
  Request request;
  request.query_parameters = std::move(parameters);
  return request;
}

std::vector<FieldError> mistakes(QueryReader& reader) {
  try {
    reader.finish();
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::bad_request);
    CHECK(error.code() == "invalid_query");
    return error.fields();
  }
  return {};
}

}  // namespace

TEST_CASE("query parameters are read with their types", "[http][unit]") {
  const auto request = asking({{"q", "tea"},
                               {"n", "-3"},
                               {"on", "true"},
                               {"id", "01890a5d-ac96-774b-bcce-b302099a8057"},
                               {"at", "2026-01-31T23:59:59Z"},
                               {"sort", "name"},
                               {"unknown", "%"}});
  QueryReader reader(request);
  CHECK(reader.text("q") == "tea");
  CHECK(reader.integer("n", -5, 5) == -3);
  CHECK(reader.boolean("on") == true);
  CHECK(reader.uuid("id"));
  CHECK(reader.timestamp("at"));
  CHECK(reader.choice("sort", {"name", "newest"}) == "name");
  CHECK_FALSE(reader.text("absent"));
  CHECK(mistakes(reader).empty());
}

TEST_CASE("all mistakes in a query are told at once", "[http][unit]") {
  const auto request = asking({{"q", std::string(201, 'a')},
                               {"n", "1.0"},
                               {"m", "99999999999999999999"},
                               {"on", "yes"},
                               {"id", "7"},
                               {"at", "yesterday"},
                               {"sort", "best"},
                               {"limit", "0"},
                               {"twice", "1"},
                               {"twice", "1"}});
  QueryReader reader(request);
  CHECK_FALSE(reader.text("q"));
  CHECK_FALSE(reader.integer("n", 0, 5));
  CHECK_FALSE(reader.integer("m", 0, 5));
  CHECK_FALSE(reader.boolean("on"));
  CHECK_FALSE(reader.uuid("id"));
  CHECK_FALSE(reader.timestamp("at"));
  CHECK_FALSE(reader.choice("sort", {"name"}));
  CHECK(reader.limit() == 20);
  CHECK_FALSE(reader.integer("twice", 0, 5));
  const auto fields = mistakes(reader);
  REQUIRE(fields.size() == 9);
  CHECK(fields[0].pointer == "?q");
  CHECK(fields[0].code == "too_long");
  CHECK(fields[1].code == "wrong_type");
  CHECK(fields[2].code == "out_of_range");
  CHECK(fields[7].pointer == "?limit");
  CHECK(fields[8].pointer == "?twice");
}

TEST_CASE("a limit is 20 unless given, and 100 at most", "[http][unit]") {
  const auto limit_of = [](const std::string& text) {
    const auto request = asking({{"limit", text}});
    QueryReader reader(request);
    const auto limit = reader.limit();
    return mistakes(reader).empty() ? static_cast<int>(limit) : -1;
  };
  const auto request = asking({});
  CHECK(QueryReader(request).limit() == 20);
  CHECK(limit_of("1") == 1);
  CHECK(limit_of("100") == 100);
  CHECK(limit_of("1000000") == 100);
  CHECK(limit_of("99999999999999999999") == 100);
  CHECK(limit_of("0") == -1);
  CHECK(limit_of("-1") == -1);
  CHECK(limit_of("ten") == -1);
  CHECK(limit_of("") == -1);
}

TEST_CASE("a cursor carries its key", "[http][unit]") {
  const std::vector<std::string> key = {"2026-01-31", "", std::string("a\0b", 3), "\xc3\xa9"};
  CHECK(decode_cursor(encode_cursor(key, "status=paid"), "status=paid") == key);
  CHECK(decode_cursor(encode_cursor({}, ""), "").empty());
}

TEST_CASE("a cursor is of use with its own filters only", "[http][unit]") {
  const auto cursor = encode_cursor({"7"}, "status=paid");
  CHECK_THROWS_AS(decode_cursor(cursor, "status=open"), Error);
  CHECK_THROWS_AS(decode_cursor(cursor, ""), Error);
}

TEST_CASE("a cursor that is no text is none of ours", "[http][unit]") {
  Request request;
  CHECK_FALSE(shown_cursor(request));
  request.query_parameters = {{"cursor", "abc"}};
  CHECK(shown_cursor(request) == "abc");
  request.malformed_parameters = {"cursor"};
  try {
    static_cast<void>(shown_cursor(request));
    FAIL("taken");
  } catch (const Error& error) {
    CHECK(error.code() == "invalid_cursor");
  }
}

TEST_CASE("what cannot be decoded is told with the other mistakes", "[http][unit]") {
  Request request;
  request.query_parameters = {{"limit", "0"}};
  request.malformed_parameters = {"q"};
  QueryReader reader(request);
  CHECK_FALSE(reader.text("q"));
  CHECK(reader.limit() == 20);
  const auto fields = mistakes(reader);
  REQUIRE(fields.size() == 2);
  CHECK(fields[0].pointer == "?q");
}

TEST_CASE("a cursor that was tampered with is refused", "[http][unit]") {
  const auto cursor = encode_cursor({"7", "01890a5d"}, "f");
  for (std::size_t i = 0; i < cursor.size(); ++i) {
    auto bad = cursor;
    bad[i] = bad[i] == 'A' ? 'B' : 'A';
    INFO(i);
    CHECK_THROWS_AS(decode_cursor(bad, "f"), Error);
  }
  for (const std::string bad : {"", "a", "!!!!", "AAAA", "null", "{}"}) {
    INFO(bad);
    CHECK_THROWS_AS(decode_cursor(bad, "f"), Error);
  }
  CHECK_THROWS_AS(decode_cursor(cursor + "=", "f"), Error);
  CHECK_THROWS_AS(decode_cursor(cursor.substr(0, cursor.size() - 1), "f"), Error);
  CHECK_THROWS_AS(decode_cursor(std::string(100'000, 'A'), "f"), Error);
}
