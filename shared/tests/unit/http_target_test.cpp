#include <mercato/http/inbound/target.hpp>

#include <string>

#include <support/catch.hpp>

using namespace mercato::http::inbound;

namespace {

/// Why the path is refused; nothing if it is not.
std::string code_of_path(const std::string& path) {
  std::string decoded;
  const auto error = decode_path(path, decoded);
  return error ? error->code() : "";
}

}  // namespace

TEST_CASE("a target is split into path and query", "[http][unit]") {
  const auto plain = split_target("/a/b?c=d?e");
  REQUIRE(plain);
  CHECK(plain->path == "/a/b");
  CHECK(plain->query == "c=d?e");
  const auto absolute = split_target("http://shop.example:80/a?b");
  REQUIRE(absolute);
  CHECK(absolute->path == "/a");
  CHECK(absolute->query == "b");
  CHECK(split_target("HTTPS://shop")->path == "/");
  CHECK(split_target("http://shop?b")->query == "b");
}

TEST_CASE("a target in another form is refused", "[http][unit]") {
  for (const std::string bad : {"", "*", "a/b", "shop:443", "ftp://shop/", "http://", "http:///a",
                                "http://user@shop/", "/a#b", "/a\\b", "/a\tb", "/a b", "/a\x7f"}) {
    INFO(bad);
    CHECK_FALSE(split_target(bad));
  }
}

TEST_CASE("bytes above ASCII mean the same as encoded ones", "[http][unit]") {
  const auto target = split_target("/caf\xc3\xa9?q=caf\xc3\xa9&r=\xff");
  REQUIRE(target);
  CHECK(target->path == "/caf\xc3\xa9");
  const auto query = parse_query(target->query);
  REQUIRE(query.parameters.size() == 1);
  CHECK(query.parameters[0].second == "caf\xc3\xa9");
  CHECK(query.malformed == std::vector<std::string>{"r"});
}

TEST_CASE("percent-encoding is undone once", "[http][unit]") {
  CHECK(decode_component("a%20b+c") == "a b+c");
  CHECK(decode_component("%25%32%35") == "%25");
  CHECK(decode_component("%C3%A9") == "\xc3\xa9");
}

TEST_CASE("encodings that hide something are refused", "[http][unit]") {
  for (const std::string bad : {"%", "%1", "%zz", "a%", "%00", "%0a", "%0D", "%1f", "%7f", "%ff",
                                "%C0%AF", "%ED%A0%80", "%u0041"}) {
    INFO(bad);
    CHECK_FALSE(decode_component(bad));
  }
}

TEST_CASE("a path may not climb, however it is written", "[http][unit]") {
  for (const std::string bad : {"/..", "/a/../b", "/a/./b", "/%2e%2e/b", "/a/%2E", "/a/.%2e/b",
                                "/a%2f..%2fb", "/..%2f", "/a%5c..%5cb"}) {
    INFO(bad);
    CHECK(code_of_path(bad) == "bad_request");
  }
  for (const std::string good : {"/", "/a", "/a..b", "/...", "/.well-known/x", "/a%2fb", "/a//b"}) {
    INFO(good);
    CHECK(code_of_path(good).empty());
  }
}

TEST_CASE("a path that is no text names nothing, one with a broken escape is none",
          "[http][unit]") {
  for (const std::string absent : {"/%ff", "/a%00", "/%0a", "/%01", "/%7f", "/\xe9", "/%C0%AF"}) {
    INFO(absent);
    CHECK(code_of_path(absent) == "not_found");
  }
  CHECK(code_of_path("/%zz") == "bad_request");
  CHECK(code_of_path("/%f") == "bad_request");
  CHECK(code_of_path("/%ff/%2e%2e/") == "bad_request");
}

TEST_CASE("a query is read in order", "[http][unit]") {
  const auto query = parse_query("b=1&a=x+y%26&&b=2&flag&empty=");
  REQUIRE(query.parameters.size() == 5);
  CHECK(query.parameters[0] == std::pair<std::string, std::string>("b", "1"));
  CHECK(query.parameters[1] == std::pair<std::string, std::string>("a", "x y&"));
  CHECK(query.parameters[2] == std::pair<std::string, std::string>("b", "2"));
  CHECK(query.parameters[3] == std::pair<std::string, std::string>("flag", ""));
  CHECK(query.parameters[4] == std::pair<std::string, std::string>("empty", ""));
  CHECK(query.malformed.empty());
}

TEST_CASE("a query that cannot be read names the parameter", "[http][unit]") {
  CHECK(parse_query("a=1&q=%ff&b=%0").malformed == std::vector<std::string>{"q", "b"});
  CHECK(parse_query("q=%0").malformed == std::vector<std::string>{"q"});
  CHECK(parse_query("%ff=1").malformed.empty());
  CHECK(parse_query("%ff=1").parameters.empty());
}

TEST_CASE("parameters that nobody asks for do no harm, however many", "[http][unit]") {
  std::string many;
  for (int i = 0; i < 1'000; ++i) many += "a=1&";
  const auto query = parse_query(many + "q=tea");
  CHECK(query.parameters.back() == std::pair<std::string, std::string>("q", "tea"));
}

TEST_CASE("a parameter with control characters is malformed", "[http][unit]") {
  const auto query = parse_query("p=a%09b&q=a%0D%0Ac&r=a%00&s=a%1b&t=a");
  CHECK(query.parameters.size() == 1);
  CHECK(query.malformed == std::vector<std::string>{"p", "q", "r", "s"});
}
