#include <mercato/http/client.hpp>
#include <mercato/http/outbound/endpoint.hpp>
#include <mercato/http/outbound/message.hpp>
#include <mercato/net/socket_address.hpp>

#include <stdexcept>
#include <string>

#include <support/catch.hpp>

using namespace mercato;
using namespace mercato::http;
using namespace std::chrono_literals;

namespace {

std::string header(const outbound::Message& message, const std::string& name) {
  std::string value = "(absent)";
  for (const auto& [field, text] : message.headers) {
    if (field == name) value = text;
  }
  return value;
}

ClientRequest get(const std::string& path) {
  ClientRequest request;
  request.path = path;
  return request;
}

}  // namespace

TEST_CASE("everything but unreserved characters is percent-encoded", "[http_client][unit]") {
  CHECK(encode_component("AZaz09-._~") == "AZaz09-._~");
  CHECK(encode_component("a b/c?d=e&f") == "a%20b%2Fc%3Fd%3De%26f");
  CHECK(encode_component("\xc3\xa9\n") == "%C3%A9%0A");
}

TEST_CASE("a base URL names a host and a port", "[http_client][unit]") {
  const auto named = outbound::Endpoint::parse("http://catalog:8082");
  CHECK(named.host == "catalog");
  CHECK(named.port == 8082);
  CHECK(named.authority == "catalog:8082");
  CHECK_FALSE(named.tls);
  CHECK(outbound::Endpoint::parse("http://catalog/").port == 80);
  CHECK(outbound::Endpoint::parse("https://api.example").port == 443);
  CHECK(outbound::Endpoint::parse("HTTPS://api.example:8443").tls);
  const auto literal = outbound::Endpoint::parse("http://[::1]:8082");
  CHECK(literal.host == "::1");
  CHECK(literal.port == 8082);
  CHECK(net::SocketAddress::literal(literal.host, literal.port));
  CHECK_FALSE(net::SocketAddress::literal(named.host, named.port));
}

TEST_CASE("a base URL with anything else to it is refused", "[http_client][unit]") {
  for (const std::string bad : {"", "catalog:8082", "ftp://catalog", "http://", "http://:80",
                                "http://catalog:0", "http://catalog:99999", "http://catalog:x",
                                "http://catalog/path", "http://name@catalog", "http://cat alog",
                                "http://catalog:80:80", "http://::1", "http://1:2:3",
                                "http://[127.0.0.1]", "http://[catalog]", "http://[::1]x",
                                "http://[]"}) {
    INFO(bad);
    CHECK_THROWS_AS(outbound::Endpoint::parse(bad), std::invalid_argument);
  }
  CHECK_THROWS_AS(Client({.name = "nobody", .base_urls = {}}), std::invalid_argument);
}

TEST_CASE("a call carries who asks, for which request and in which trace", "[http_client][unit]") {
  ClientOptions options;
  options.authorization = [] { return "Bearer token"; };
  const auto trace = tracing::TraceContext::start();
  const tracing::Scope scope(trace, "request-1");
  auto message = outbound::Message::make(get("/x"), options);
  message.address_to("catalog:8082", Deadline::in(1000ms));
  CHECK(header(message, "Authorization") == "Bearer token");
  CHECK(header(message, "traceparent") == trace.traceparent());
  CHECK(header(message, "X-Request-Id") == "request-1");
  CHECK(header(message, "Host") == "catalog:8082");
  CHECK(std::stoi(header(message, "X-Request-Deadline-Ms")) > 900);
  CHECK(std::stoi(header(message, "X-Request-Deadline-Ms")) <= 1000);
  message.address_to("other:8082", Deadline::in(500ms));
  CHECK(header(message, "Host") == "other:8082");
  CHECK(std::stoi(header(message, "X-Request-Deadline-Ms")) <= 500);
}

TEST_CASE("outside a request no trace is made up", "[http_client][unit]") {
  const auto message = outbound::Message::make(get("/x"), {});
  CHECK(header(message, "traceparent") == "(absent)");
  CHECK(header(message, "X-Request-Id") == "(absent)");
  CHECK(header(message, "Authorization") == "(absent)");
}

TEST_CASE("what the caller sets itself is kept", "[http_client][unit]") {
  ClientOptions options;
  options.authorization = [] { return "Bearer token"; };
  auto request = get("/x");
  request.headers = {{"authorization", "Basic own"}, {"Accept", "text/plain"}};
  const auto message = outbound::Message::make(request, options);
  CHECK(header(message, "authorization") == "Basic own");
  CHECK(header(message, "Authorization") == "(absent)");
  CHECK(header(message, "Accept") == "text/plain");
}

TEST_CASE("nothing that goes out can end a line early", "[http_client][unit]") {
  const std::string line_break = "a\r\nEvil: 1";
  for (const auto& bad : {line_break, std::string("a\nb"), std::string("a\0b", 3)}) {
    auto request = get("/x");
    request.headers = {{"X-Name", bad}};
    CHECK_THROWS_AS(outbound::Message::make(request, {}), std::invalid_argument);
    request.headers = {{bad, "value"}};
    CHECK_THROWS_AS(outbound::Message::make(request, {}), std::invalid_argument);
    request = get("/x");
    request.body = "{}";
    request.content_type = bad;
    CHECK_THROWS_AS(outbound::Message::make(request, {}), std::invalid_argument);
  }
  for (const auto& bad : {std::string(), std::string("x"), std::string("/a b"), "/" + line_break}) {
    CHECK_THROWS_AS(outbound::Message::make(get(bad), {}), std::invalid_argument);
  }
}
