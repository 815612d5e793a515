#include <support/catch.hpp>

#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "mercato/db/connection_url.hpp"
#include "mercato/db/failure.hpp"
#include "mercato/db/statement.hpp"

using namespace mercato;

TEST_CASE("a parameter borrows texts and writes numbers, ids and times", "[db]") {
  const std::string text = "text";
  CHECK(db::Parameter(text).text() == text.c_str());
  CHECK(std::string(db::Parameter(-7).text()) == "-7");
  CHECK(std::string(db::Parameter(true).text()) == "true");
  CHECK(std::string(db::Parameter(*parse_rfc3339("2026-01-31T23:59:59.000042Z")).text()) ==
        "2026-01-31T23:59:59.000042Z");
  const auto id = Uuid::v7();
  CHECK(std::string(db::Parameter(id).text()) == id.str());
}

TEST_CASE("an absent parameter is NULL", "[db]") {
  CHECK(db::Parameter(std::nullopt).text() == nullptr);
  CHECK(db::Parameter(std::optional<int>()).text() == nullptr);
  CHECK(std::string(db::Parameter(std::optional<int>(5)).text()) == "5");
}

TEST_CASE("a text with NUL is refused instead of cut", "[db]") {
  CHECK_THROWS_AS(db::Parameter(std::string("a\0b", 3)), std::invalid_argument);
  CHECK_THROWS_AS(db::Parameter(std::string_view("a\0b", 3)), std::invalid_argument);
}

TEST_CASE("array literals quote what they must", "[db]") {
  CHECK(db::array(std::vector<std::string>{}) == "{}");
  CHECK(db::array(std::vector<std::string>{"a", "b,c", R"(q"\)"}) == R"({"a","b,c","q\"\\"})");
  CHECK(db::array(std::vector<std::int64_t>{1, -2}) == "{1,-2}");
  const auto id = Uuid::v7();
  CHECK(db::array(std::vector<Uuid>{id}) == "{" + id.str() + "}");
}

TEST_CASE("rows become one array literal for each column", "[db]") {
  db::Columns<4> columns;
  CHECK(columns.literals() == std::array<std::string, 4>{"{}", "{}", "{}", "{}"});
  columns.add(std::string(R"(say "\")"), 1, std::optional<int>(), true);
  columns.add("", -2, std::optional<int>(3), false);
  CHECK(columns.literals() == std::array<std::string, 4>{R"({"say \"\\\"",""})", R"({"1","-2"})",
                                                         R"({NULL,"3"})", R"({"true","false"})"});
}

TEST_CASE("parameters are plain values and the columns of rows, in turn", "[db]") {
  db::Columns<2> columns;
  columns.add(1, "a");
  const auto parameters = db::parameters(7, columns, "z");
  REQUIRE(parameters.size() == 4);
  CHECK(std::string(parameters[0].text()) == "7");
  CHECK(std::string(parameters[2].text()) == R"({"a"})");
  CHECK(std::string(parameters[3].text()) == "z");
}

TEST_CASE("bytes survive the way to bytea and back", "[db]") {
  const std::string bytes("\x00\xff\x10z", 4);
  CHECK(db::bytea(bytes) == "\\x00ff107a");
  CHECK(db::parse_bytea(db::bytea(bytes)) == bytes);
  CHECK_THROWS_AS(db::parse_bytea("00ff"), std::logic_error);
}

TEST_CASE("a connection's URL gains our parameters, encoded", "[db]") {
  CHECK(db::with_parameters("postgresql://h/d", {{"options", "-c a=b"}}) ==
        "postgresql://h/d?options=-c%20a%3Db");
  CHECK(db::with_parameters("postgresql://h/d?sslmode=require", {{"a", "1"}}) ==
        "postgresql://h/d?sslmode=require&a=1");
  CHECK_THROWS_AS(db::with_parameters("mysql://h/d", {}), std::invalid_argument);
}

TEST_CASE("a URL that libpq would not take is refused without being repeated", "[db]") {
  for (const char* const url : {"postgresql://order:pa%ssW0rd@db/order",  // a bare '%'
                                "postgresql://order:ssW0rd@[::1/order",
                                "postgresql://order:pa@ssW0rd@db/order",  // a host "ssW0rd@db"
                                "postgresql://order:ssW0rd/pa@db/order",  // a port "ssW0rd"
                                "postgresql://db/order?password=ssW0rd&pass=ssW0rd",
                                "postgresql://o:p@%40ssW0rd@db/d", "host=db password=ssW0rd"}) {
    CAPTURE(url);
    std::string told;
    try {
      static_cast<void>(db::connection_url(url, "test"));
    } catch (const std::invalid_argument& error) {
      told = error.what();
    }
    CHECK_FALSE(told.empty());
    CHECK(told.find("ssW0rd") == std::string::npos);
  }
  CHECK_NOTHROW(db::connection_url("postgresql://o:p%40%25@[::1]:5432,db/d?sslmode=prefer", "t"));
  CHECK_NOTHROW(db::connection_url("postgres://o@/d?host=%2Frun%2Fpostgresql", "t"));
  CHECK_NOTHROW(db::connection_url("postgres://o:p@%40shop:5432/d", "t"));
  CHECK_NOTHROW(db::connection_url("postgres://o@/d?host=%40shop", "t"));
}

TEST_CASE("a verbose server error is read for its state, constraint and message", "[db]") {
  const auto error = db::parse_server_error(
      "ERROR:  23505: duplicate key value violates unique constraint \"t_pkey\"\n"
      "DETAIL:  Key (id)=(1) already exists.\nSCHEMA NAME:  public\nTABLE NAME:  t\n"
      "CONSTRAINT NAME:  t_pkey\nLOCATION:  _bt_check_unique, nbtinsert.c:664\n");
  CHECK(error.sqlstate == "23505");
  CHECK(error.constraint == "t_pkey");
  CHECK(error.message == "duplicate key value violates unique constraint \"t_pkey\"");
  CHECK(db::parse_server_error("server closed the connection").sqlstate.empty());
}
