#include <mercato/http/inbound/httplib_reader.hpp>
#include <mercato/http/inbound/response_writer.hpp>
#include <mercato/http/message.hpp>

#include <mercato/error/error.hpp>

#include <stdexcept>

#include <support/catch.hpp>

using namespace mercato;
using namespace mercato::http;

namespace {

Response with_header(const std::string& name, const std::string& value) {
  Response response;
  response.headers.set(name, value);
  return response;
}

}  // namespace

TEST_CASE("header names compare in any case", "[http][unit]") {
  Headers headers = {{"Content-Type", "a"}, {"Set-Cookie", "b"}};
  headers.add("set-cookie", "c");
  CHECK(headers.get("CONTENT-TYPE") == "a");
  CHECK(headers.count("Set-Cookie") == 2);
  headers.set("SET-COOKIE", "d");
  CHECK(headers.count("Set-Cookie") == 1);
  CHECK(headers.get("set-cookie") == "d");
  CHECK_FALSE(headers.get("Accept"));
}

TEST_CASE("what cannot be decoded is refused when it is asked for", "[http][unit]") {
  Request request;
  request.query_parameters = {{"q", "1"}, {"limit", "2"}};
  request.malformed_parameters = {"q"};
  CHECK(request.query("limit") == "2");
  CHECK_FALSE(request.query("other"));
  try {
    static_cast<void>(request.query("q"));
    FAIL("it was taken");
  } catch (const Error& error) {
    CHECK(error.code() == "invalid_query");
    CHECK(error.fields().at(0).pointer == "?q");
  }
}

TEST_CASE("a query parameter that is there twice has no value", "[http][unit]") {
  Request request;
  request.query_parameters = {{"limit", "5"}, {"q", "1"}, {"limit", "5"}};
  CHECK(request.query("q") == "1");
  CHECK_FALSE(request.query_mistake("q"));
  CHECK_FALSE(request.query_mistake("other"));
  CHECK(request.query_mistake("limit") ==
        FieldError{"?limit", "invalid_format", "Must be there only once."});
  CHECK_THROWS_AS(request.query("limit"), Error);
}

TEST_CASE("a path parameter that is no id is not found", "[http][unit]") {
  Request request;
  request.path_parameters = {{"id", "7"}};
  CHECK(request.path_parameter("id") == "7");
  CHECK_THROWS_AS(request.path_parameter("name"), std::logic_error);
  CHECK_THROWS_AS(request.path_uuid("id"), Error);
}

TEST_CASE("an answer is written with its length and type", "[http][unit]") {
  Response response;
  response.status = 201;
  response.body = "{}";
  response.headers.set("Location", "/a/1");
  const auto text = inbound::write_response(response, {});
  CHECK(text.compare(0, 22, "HTTP/1.1 201 Created\r\n") == 0);
  CHECK_THAT(text, ContainsSubstring("Content-Type: application/json\r\n"));
  CHECK_THAT(text, ContainsSubstring("Content-Length: 2\r\n"));
  CHECK_THAT(text, ContainsSubstring("Location: /a/1\r\n"));
  CHECK_THAT(text, ContainsSubstring("\r\n\r\n{}"));
  CHECK(text.find("Connection:") == std::string::npos);
}

TEST_CASE("an answer to HEAD tells the length and keeps the body", "[http][unit]") {
  Response response;
  response.body = "{}";
  const auto text = inbound::write_response(response, {.head_only = true});
  CHECK_THAT(text, ContainsSubstring("Content-Length: 2\r\n"));
  CHECK(text.substr(text.size() - 4) == "\r\n\r\n");
}

TEST_CASE("204 and 304 have neither body nor length nor type", "[http][unit]") {
  for (const int status : {204, 304}) {
    Response response;
    response.status = status;
    response.body = "ignored";
    const auto text = inbound::write_response(response, {});
    INFO(text);
    CHECK(text.find("Content-") == std::string::npos);
    CHECK(text.substr(text.size() - 4) == "\r\n\r\n");
  }
}

TEST_CASE("an answer without a body has length zero and no type", "[http][unit]") {
  const auto text = inbound::write_response(Response{}, {});
  CHECK_THAT(text, ContainsSubstring("Content-Length: 0\r\n"));
  CHECK(text.find("Content-Type") == std::string::npos);
}

TEST_CASE("the connection is the server's business, not a handler's", "[http][unit]") {
  auto response = with_header("Connection", "upgrade");
  response.headers.set("content-length", "7");
  response.headers.set("Transfer-Encoding", "chunked");
  const auto text = inbound::write_response(response, {.keep_alive = false});
  CHECK_THAT(text, ContainsSubstring("Connection: close\r\n"));
  CHECK(text.find("upgrade") == std::string::npos);
  CHECK(text.find("chunked") == std::string::npos);
  CHECK(text.find(": 7") == std::string::npos);
  CHECK_THAT(inbound::write_response(Response{}, {.http_1_0 = true}),
             ContainsSubstring("Connection: keep-alive\r\n"));
}

TEST_CASE("a header that would split the answer cannot be sent", "[http][unit]") {
  const auto sendable = [](const std::string& name, const std::string& value) {
    return inbound::is_sendable("text/plain", {{name, value}});
  };
  CHECK(sendable("Location", "/a?b=\xc3\xa9"));
  CHECK_FALSE(sendable("Location", "/a\r\nSet-Cookie: b"));
  CHECK_FALSE(sendable("Location", "/a\nb"));
  CHECK_FALSE(sendable("Loca tion", "/a"));
  CHECK_FALSE(sendable("", "/a"));
  CHECK_FALSE(inbound::is_sendable("text/plain\r\nX: y", {}));
}

TEST_CASE("a stream is chunked, or ended by closing for an old client", "[http][unit]") {
  const Stream stream;
  CHECK_THAT(inbound::write_stream_head(stream, {}),
             ContainsSubstring("Transfer-Encoding: chunked\r\n"));
  CHECK(inbound::write_stream_head(stream, {.http_1_0 = true}).find("chunked") ==
        std::string::npos);
  std::string chunks;
  inbound::append_chunk(chunks, "0123456789abcdef!");
  inbound::append_chunk(chunks, "");
  CHECK(chunks == "11\r\n0123456789abcdef!\r\n");
}

TEST_CASE("httplib hands over a head as it was sent", "[http][unit]") {
  inbound::Head head;
  head.method = "POST";
  head.target = "/a%2Fb?c=d?\xc3\xa9";
  head.fields = {
      {"X-Key", "50%25"}, {"Range", "bytes=nonsense"}, {"REMOTE_ADDR", "1.2.3.4"}, {"Accept", "a"},
      {"accept", "b%"},   {"Expect", "100-continue"},  {"Content-Length", "12"},   {"X-Empty", ""}};
  const std::string long_value(10'000, 'a');
  head.fields.push_back({"X-Long", long_value});
  head.fields.push_back({"Idempotency-Key", "a\x01\xe9"});
  const auto message = inbound::HttplibReader().read(head);
  REQUIRE(message);
  CHECK(message->method == "POST");
  CHECK(message->target == "/a%2Fb?c=d%3F%C3%A9");
  CHECK(message->headers.get("X-Key") == "50%25");
  CHECK(message->headers.count("Accept") == 1);
  CHECK(message->headers.get("Accept") == "a, b%");
  CHECK(message->headers.get("X-Long") == long_value);
  CHECK(message->headers.get("Idempotency-Key") == "a\x01\xe9");
  CHECK(message->headers.get("Content-Length") == "12");
  CHECK(message->headers.get("X-Empty") == "");
  CHECK_FALSE(message->headers.get("Range"));
  CHECK_FALSE(message->headers.get("REMOTE_ADDR"));
  CHECK_FALSE(message->headers.get("LOCAL_PORT"));
}

TEST_CASE("httplib knows no methods but its own", "[http][unit]") {
  inbound::Head head;
  head.method = "BREW";
  head.target = "/";
  CHECK_FALSE(inbound::HttplibReader().read(head));
}
