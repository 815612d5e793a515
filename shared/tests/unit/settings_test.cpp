#include <support/catch.hpp>

#include <chrono>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "mercato/settings/settings.hpp"
#include "support/workspace.hpp"

using namespace mercato;
using namespace std::chrono_literals;
using settings::Kind;
using settings::Setting;
using settings::Settings;

namespace {

settings::Environment environment(std::map<std::string, std::string> variables) {
  return [variables = std::move(variables)](const std::string& name) {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  };
}

std::vector<std::string> mistakes(const std::vector<Setting>& table,
                                  std::map<std::string, std::string> variables) {
  try {
    static_cast<void>(Settings::load(table, environment(std::move(variables))));
  } catch (const settings::SettingsError& error) {
    return error.mistakes();
  }
  return {};
}

const std::vector<Setting> kTable = {
    {.name = "TEXT", .default_value = "default", .meaning = "A text."},
    {.name = "NUMBER",
     .kind = Kind::integer,
     .default_value = "7",
     .meaning = "A number.",
     .min = 1,
     .max = 10},
    {.name = "SWITCH", .kind = Kind::boolean, .default_value = "false", .meaning = "A switch."},
    {.name = "SECRET", .meaning = "A secret.", .secret = true},
    {.name = "COLOUR", .default_value = "red", .meaning = "A colour.", .choices = {"red", "blue"}},
    {.name = "MAYBE", .default_value = "on", .meaning = "Maybe.", .may_be_empty = true},
};

}  // namespace

TEST_CASE("settings have defaults, and the environment overrides them", "[settings]") {
  const auto defaults = Settings::load(kTable, environment({{"SECRET", "s"}}));
  CHECK(defaults.text("TEXT") == "default");
  CHECK(defaults.integer("NUMBER") == 7);
  CHECK_FALSE(defaults.boolean("SWITCH"));
  CHECK(defaults.text("MAYBE") == "on");

  const auto given = Settings::load(kTable, environment({{"TEXT", "a, b,,c "},
                                                         {"NUMBER", "10"},
                                                         {"SWITCH", "true"},
                                                         {"SECRET", "s"},
                                                         {"COLOUR", "blue"},
                                                         {"MAYBE", ""}}));
  CHECK(given.list("TEXT") == std::vector<std::string>{"a", "b", "c"});
  CHECK(given.integer("NUMBER") == 10);
  CHECK(given.milliseconds("NUMBER") == 10ms);
  CHECK(given.seconds("NUMBER") == 10s);
  CHECK(given.boolean("SWITCH"));
  CHECK(given.text("MAYBE").empty());
}

TEST_CASE("an empty variable is an absent one", "[settings]") {
  const auto settings = Settings::load(kTable, environment({{"TEXT", ""}, {"SECRET", "s"}}));
  CHECK(settings.text("TEXT") == "default");
}

TEST_CASE("all mistakes are told at once", "[settings]") {
  const auto told = mistakes(kTable, {{"NUMBER", "11"}, {"SWITCH", "yes"}, {"COLOUR", "green"}});
  REQUIRE(told.size() == 4);
  CHECK(told[0] == "NUMBER: must be an integer from 1 to 10, not \"11\"");
  CHECK(told[1] == "SWITCH: must be true or false, not \"yes\"");
  CHECK(told[2] == "SECRET: required (or SECRET_FILE)");
  CHECK(told[3] == "COLOUR: must be one of red, blue, not \"green\"");
}

TEST_CASE("an integer is digits and nothing else", "[settings]") {
  for (const char* const text :
       {"1.0", "0x1", " 1", "1 ", "+1", "1e1", "9999999999999999999", ""}) {
    CAPTURE(text);
    const auto told = mistakes(kTable, {{"NUMBER", text}, {"SECRET", "s"}});
    CHECK(told.size() == (*text == '\0' ? 0 : 1));
  }
}

TEST_CASE("a secret may come from a file, whose last line break does not count", "[settings]") {
  const test::TempDirectory directory;
  const auto path = directory.write("secret", "s3cret\n");
  CHECK(Settings::load(kTable, environment({{"SECRET_FILE", path}})).text("SECRET") == "s3cret");

  CHECK(mistakes(kTable, {{"SECRET_FILE", "/nowhere"}}).size() == 1);
  CHECK(mistakes(kTable, {{"SECRET_FILE", directory.write("empty", "\n")}}).size() == 1);
  CHECK(mistakes(kTable, {{"SECRET_FILE", path}, {"SECRET", "s"}}).size() == 1);
}

TEST_CASE("a wrong secret is not repeated", "[settings]") {
  const std::vector<Setting> table = {
      {.name = "PIN", .kind = Kind::integer, .meaning = "A pin.", .secret = true}};
  const auto told = mistakes(table, {{"PIN", "hunter2"}});
  REQUIRE(told.size() == 1);
  CHECK(told[0].find("hunter2") == std::string::npos);
}

TEST_CASE("asking for what is not in the table is a bug", "[settings]") {
  const auto settings = Settings::load(kTable, environment({{"SECRET", "s"}}));
  CHECK_THROWS_AS(settings.text("NOWHERE"), std::logic_error);
  CHECK_THROWS_AS(settings.integer("TEXT"), std::logic_error);
}

TEST_CASE("a later row gives a shared setting another default", "[settings]") {
  const auto table = settings::join({settings::service_settings(),
                                     {{.name = "HTTP_WORKERS",
                                       .kind = Kind::integer,
                                       .default_value = "16",
                                       .meaning = "Threads."}}});
  CHECK(table.size() == settings::service_settings().size());
  CHECK(Settings::load(table, environment({})).integer("HTTP_WORKERS") == 16);
}

TEST_CASE("no Redis is a choice, no database is not", "[settings]") {
  const auto table = settings::storage_settings();
  CHECK(mistakes(table, {}).size() == 1);
  const auto settings =
      Settings::load(table, environment({{"DATABASE_URL", "postgresql://h/d"}, {"REDIS_URL", ""}}));
  CHECK(settings.text("REDIS_URL").empty());
}

TEST_CASE("the table is printed for people", "[settings]") {
  const auto markdown = settings::to_markdown(kTable);
  CHECK_THAT(markdown, ContainsSubstring("| `NUMBER` | `7` | 1 … 10 | A number. |"));
  CHECK_THAT(markdown, ContainsSubstring("| `SECRET` | *required* |"));
  CHECK_THAT(markdown, ContainsSubstring("`SECRET_FILE`"));
}
