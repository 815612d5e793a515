#include <support/catch.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <functional>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "mercato/json/json.hpp"
#include "mercato/log/log.hpp"
#include "mercato/tracing/trace.hpp"
#include "support/workspace.hpp"

using namespace mercato;

namespace {

/// What `work` writes to standard output, line by line.
std::vector<std::string> lines_of(const std::function<void()>& work) {
  const test::TempDirectory directory;
  const std::string path = directory.write("log", "");
  std::fflush(stdout);
  const int saved = ::dup(STDOUT_FILENO);
  const int file = ::open(path.c_str(), O_WRONLY);
  ::dup2(file, STDOUT_FILENO);
  ::close(file);
  work();
  std::fflush(stdout);
  ::dup2(saved, STDOUT_FILENO);
  ::close(saved);
  std::ifstream input(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(input, line);) lines.push_back(line);
  return lines;
}

/// The one line that `work` logs, read as JSON.
json::Value logged(const std::function<void()>& work) {
  const auto lines = lines_of([&] {
    log::start("test", log::Level::debug);
    work();
  });
  log::start("test", log::Level::error);
  REQUIRE(lines.size() == 1);
  return json::parse(lines.front());
}

}  // namespace

TEST_CASE("a line is one JSON object with the time, level, service and message", "[log]") {
  const auto line = logged([] { log::info("hello", {{"n", 1}, {"f", 0.5}, {"b", true}}); });
  CHECK(line.at("ts").get<std::string>().size() == 24);
  CHECK(line.at("level") == "info");
  CHECK(line.at("service") == "test");
  CHECK(line.at("msg") == "hello");
  CHECK(line.at("n") == 1);
  CHECK(line.at("f") == 0.5);
  CHECK(line.at("b") == true);
}

TEST_CASE("nothing that is logged can forge a line", "[log]") {
  const std::string nasty = "a\"}\n{\"msg\":\"forged\\\x01\xff\x1b[31m";
  const auto line = logged([&] { log::warn(nasty, {{"field", nasty}}); });
  CHECK_THAT(line.at("msg").get<std::string>(), ContainsSubstring("forged"));
  CHECK(line.at("field") == line.at("msg"));
}

TEST_CASE("secrets are not logged", "[log]") {
  const auto line = logged([] {
    log::info("m", {{"Authorization", "Bearer x"},
                    {"refresh_token", "x"},
                    {"new-password", "x"},
                    {"set-cookie", "x"},
                    {"tokens_left", 3}});
  });
  for (const char* const name : {"Authorization", "refresh_token", "new-password", "set-cookie"}) {
    CHECK(line.at(name) == "[redacted]");
  }
  CHECK(line.at("tokens_left") == 3);
}

TEST_CASE("a value without end is cut", "[log]") {
  const auto line = logged([] { log::info("m", {{"v", std::string(100'000, 'x')}}); });
  CHECK(line.at("v").get<std::string>().size() == 1024);
}

TEST_CASE("a line has its most, and says what it lost", "[log]") {
  const std::string value(1'000, 'x');
  const auto line = logged([&] {
    log::info("m", {{"a", value}, {"b", value}, {"c", value}, {"d", value}, {"e", 1}});
  });
  CHECK(line.at("c") == value);
  CHECK_FALSE(line.contains("d"));
  CHECK(line.at("e") == 1);
  CHECK(line.at("cut") == true);
}

TEST_CASE("a pipe that nobody reads costs lines and no time", "[log]") {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const int saved = ::dup(STDOUT_FILENO);
  ::dup2(ends[1], STDOUT_FILENO);
  log::start("test", log::Level::info);
  const auto before = log::dropped_lines();
  for (int i = 0; i < 10'000; ++i) log::info("nobody reads this", {{"number", i}});
  const auto dropped = log::dropped_lines() - before;
  log::start("test", log::Level::error);
  ::dup2(saved, STDOUT_FILENO);
  for (const int file : {saved, ends[0], ends[1]}) ::close(file);
  CHECK(dropped > 5'000);
  CHECK(dropped < 10'000);
}

TEST_CASE("numbers that JSON does not have are null", "[log]") {
  const auto line = logged([] {
    log::info("m", {{"nan", std::numeric_limits<double>::quiet_NaN()}});
  });
  CHECK(line.at("nan").is_null());
}

TEST_CASE("lines below the level are not written", "[log]") {
  const auto lines = lines_of([] {
    log::start("test", log::Level::warn);
    log::info("no");
    log::warn("yes");
    log::set_level(log::Level::debug);
    log::debug("yes");
  });
  log::start("test", log::Level::error);
  CHECK(lines.size() == 2);
  CHECK(log::parse_level("warn") == log::Level::warn);
  CHECK_THROWS_AS(log::parse_level("loud"), std::invalid_argument);
}

TEST_CASE("lines of a request carry its ids, and those after it do not", "[log]") {
  const auto lines = lines_of([] {
    log::start("test", log::Level::info);
    const auto context = tracing::TraceContext::start();
    {
      const tracing::Scope outer(context, "outer");
      {
        const tracing::Scope inner(context, "inner");
        log::info("1");
      }
      log::info("2");
    }
    log::info("3");
  });
  log::start("test", log::Level::error);
  REQUIRE(lines.size() == 3);
  CHECK(json::parse(lines[0]).at("request_id") == "inner");
  CHECK(json::parse(lines[1]).at("request_id") == "outer");
  CHECK(json::parse(lines[1]).at("trace_id").get<std::string>().size() == 32);
  CHECK_FALSE(json::parse(lines[2]).contains("request_id"));
}
