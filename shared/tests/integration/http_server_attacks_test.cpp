#include <atomic>
#include <future>
#include <vector>

#include <support/await.hpp>
#include <support/catch.hpp>

#include "http_server_fixture.hpp"

using namespace mercato;
using namespace mercato::test;
using namespace std::chrono_literals;

namespace {

/// Counts what reaches a handler: nothing that is refused may.
struct Target {
  std::atomic<int> reached{0};

  http::Router router() {
    http::Router router;
    const auto count = [this](const http::Request& request) -> http::Answer {
      ++reached;
      return text_answer(request.body.empty() ? "{}" : request.body);
    };
    router.add(http::Method::get, "/a", open_route(), count);
    router.add(http::Method::get, "/a/{name}", open_route(), count);
    router.add(http::Method::post, "/a", open_route(), count);
    return router;
  }
};

struct Attack {
  std::string what;
  std::string bytes;
  int status;
  std::string code;
};

std::string attack_post(const std::string& headers, const std::string& rest = "") {
  return "POST /a HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n" + headers + "\r\n" +
         rest;
}

std::string post_to(const std::string& path, const std::string& headers) {
  return "POST " + path + " HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n";
}

const std::string kNdjson = "Content-Type: application/x-ndjson\r\n";

/// Routes that refuse before a body was read: it is too large, or the handler wants none of it, or
/// no more than the first piece.
http::Router streaming_routes() {
  auto streamed = open_route();
  streamed.stream_body = true;
  streamed.max_body_bytes = 64 * 1024 * 1024;
  streamed.content_type = "application/x-ndjson";
  http::Router router;
  router.add(http::Method::post, "/small", open_route(),
             [](const http::Request&) -> http::Answer { return text_answer("{}"); });
  router.add(http::Method::post, "/large", streamed,
             [](const http::Request&) -> http::Answer { throw unavailable("Not now."); });
  router.add(http::Method::post, "/broken-off", streamed,
             [](const http::Request& request) -> http::Answer {
               request.read_body(
                   [](std::string_view) -> bool { throw unavailable("Not any more."); });
               return text_answer("{}");
             });
  return router;
}

std::string attack_get(const std::string& target) {
  return "GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n";
}

}  // namespace

TEST_CASE("attacks on the message are refused, and reach no handler", "[http][integration]") {
  const std::vector<Attack> attacks = {
      {"length and chunks",
       attack_post("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400,
       "bad_request"},
      {"chunks", attack_post("Transfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400, "bad_request"},
      {"obscured chunks", attack_post("Transfer-Encoding: xchunked\r\n"), 400, "bad_request"},
      {"two lengths", attack_post("Content-Length: 2\r\nContent-Length: 3\r\n", "{}"), 400,
       "bad_request"},
      {"the same length twice", attack_post("Content-Length: 2\r\nContent-Length: 2\r\n", "{}"),
       400, "bad_request"},
      {"a signed length", attack_post("Content-Length: +2\r\n", "{}"), 400, "bad_request"},
      {"a claimed gigabyte", attack_post("Content-Length: 1073741824\r\n"), 413,
       "payload_too_large"},
      {"a claimed eternity", attack_post("Content-Length: 999999999999999999999\r\n"), 413,
       "payload_too_large"},
      {"a gzip body", attack_post("Content-Encoding: gzip\r\nContent-Length: 2\r\n", "{}"), 415,
       "unsupported_media_type"},
      {"a folded header", attack_post("X-A: b\r\n c\r\n"), 400, "bad_request"},
      {"a space before the colon", attack_post("Content-Length : 2\r\n", "{}"), 400, "bad_request"},
      {"a NUL", attack_post("X-A: " + std::string(1, '\0') + "\r\n"), 400, "bad_request"},
      {"an encoded line break", attack_post("X-A: b%0d%0aX-B: c\r\n"), 400, "bad_request"},
      {"two hosts", attack_post("Host: b\r\n"), 400, "bad_request"},
      {"no host", "GET /a HTTP/1.1\r\n\r\n", 400, "bad_request"},
      {"lines ending in LF", "GET /a HTTP/1.1\nHost: a\n\n", 400, "bad_request"},
      {"HTTP/3", "GET /a HTTP/3\r\nHost: a\r\n\r\n", 400, "bad_request"},
      {"TLS", "\x16\x03\x01\x02\x01", 400, "bad_request"},
      {"two empty lines first", "\r\n\r\n" + attack_get("/a"), 400, "bad_request"},
      {"dots", attack_get("/a/../a"), 400, "bad_request"},
      {"encoded dots", attack_get("/a/%2e%2e"), 400, "bad_request"},
      {"dots behind an encoded slash", attack_get("/a/b%2f..%2f"), 400, "bad_request"},
      {"an encoded NUL", attack_get("/a/%00"), 404, "not_found"},
      {"a malformed escape", attack_get("/a/%zz"), 400, "bad_request"},
      {"a path that is not UTF-8", attack_get("/a/%ff"), 404, "not_found"},
      {"two media types", attack_post("Content-Type: text/plain\r\n"), 400, "bad_request"},
      {"an authority as target", "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", 400, "bad_request"},
      {"an asterisk as target", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 400, "bad_request"},
      {"a long target", attack_get("/" + std::string(9'000, 'a')), 414, "uri_too_long"},
      {"an endless target", "GET /" + std::string(20'000, 'a'), 414, "uri_too_long"},
      {"a long header", attack_post("X-A: " + std::string(17'000, 'a') + "\r\n"), 431,
       "headers_too_large"},
      {"an endless header", "GET /a HTTP/1.1\r\nX-A: " + std::string(20'000, 'a'), 431,
       "headers_too_large"},
  };
  Target target;
  const RunningServer server(target.router());
  for (const auto& attack : attacks) {
    INFO(attack.what);
    target.reached = 0;
    const auto answer = say(server, attack.bytes);
    CHECK(answer.status == attack.status);
    CHECK(problem_code(answer) == attack.code);
    CHECK(target.reached == 0);
  }
}

TEST_CASE("what follows a refused message is not taken for a request", "[http][integration]") {
  Target target;
  const RunningServer server(target.router());
  const std::vector<std::string> messages = {
      attack_post("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
      attack_post("Content-Length: 2\r\nContent-Length: 30\r\n", "{}"),
      attack_post("Content-Length: 2000000\r\n", "{}"),
      "GET /a HTTP/1.1\nHost: a\n\n",
  };
  for (const auto& message : messages) {
    INFO(message);
    const auto socket = server.connect();
    socket.send(message + attack_get("/a"));
    MessageReader reader(socket);
    const auto refusal = reader.read_answer(kPatience);
    CHECK(refusal.status >= 400);
    CHECK(refusal.header("Connection") == "close");
    CHECK(reader.read_answer(kPatience).status == 0);
  }
  CHECK(target.reached == 0);
}

TEST_CASE("a refused message is answered under its own request id", "[http][integration]") {
  Target target;
  const RunningServer server(target.router());
  const auto answer =
      say(server, attack_post("X-Request-Id: mine\r\nTransfer-Encoding: chunked\r\n"));
  CHECK(answer.header("X-Request-Id") == "mine");
}

TEST_CASE("a refused message is told which address it was for", "[http][integration]") {
  Target target;
  const RunningServer server(target.router());
  for (const std::string message :
       {"GET /a?b HTTP/1.1\r\nHost: a/b\r\n\r\n", "GET /a HTTP/1.1\r\nHost: a\r\nX : b\r\n\r\n"}) {
    const auto answer = say(server, message);
    CHECK(problem_code(answer) == "bad_request");
    CHECK(json::parse(answer.body).at("instance") == "/a");
  }
}

TEST_CASE("one empty line before a request is forgiven", "[http][integration]") {
  Target target;
  const RunningServer server(target.router());
  CHECK(say(server, "\r\n" + attack_get("/a")).status == 200);
}

TEST_CASE("an absolute target is served, as HTTP asks for", "[http][integration]") {
  Target target;
  const RunningServer server(target.router());
  CHECK(say(server, attack_get("http://elsewhere/a")).status == 200);
}

TEST_CASE("ranges are ignored, not served", "[http][integration]") {
  Target target;
  const RunningServer server(target.router());
  for (const std::string range : {"bytes=0-0", "bytes=9-1", "nonsense"}) {
    const auto answer = server.call(
        {.method = "POST", .target = "/a", .headers = {{"Range", range}}, .body = "0123456789"});
    CHECK(answer.status == 200);
    CHECK(answer.body == "0123456789");
  }
}

TEST_CASE("a client that is refused mid-body still reads why", "[http][integration]") {
  const RunningServer server(streaming_routes());
  // More than the socket buffers hold: without lingering, the reset would overtake the answer.
  const std::string body(32 * 1024 * 1024, 'x');
  const auto length = "Content-Length: " + std::to_string(body.size()) + "\r\n";
  const std::vector<Attack> refusals = {
      {"too large", post_to("/small", length), 413, "payload_too_large"},
      {"chunks", post_to("/large", "Transfer-Encoding: chunked\r\n"), 400, "bad_request"},
      {"another media type", post_to("/large", length + "Content-Type: text/plain\r\n"), 415,
       "unsupported_media_type"},
      {"by the handler", post_to("/large", length + kNdjson), 503, "unavailable"},
      {"by the handler, in between", post_to("/broken-off", length + kNdjson), 503, "unavailable"},
  };
  for (const auto& refusal : refusals) {
    INFO(refusal.what);
    const auto socket = server.connect();
    socket.send(refusal.bytes);
    CHECK(socket.send(body));
    const auto answer = MessageReader(socket).read_answer(kPatience);
    CHECK(answer.status == refusal.status);
    CHECK(problem_code(answer) == refusal.code);
    CHECK(closes(socket));
  }
}

TEST_CASE("a client that is refused mid-body and never ends is let go", "[http][integration]") {
  const RunningServer server(streaming_routes());
  const auto socket = server.connect();
  socket.send(post_to("/small", "Content-Length: 999999999999\r\n"));
  const std::string piece(1024 * 1024, 'x');
  int sent = 0;
  while (sent < 1024 && socket.send(piece)) ++sent;
  CHECK(sent < 1024);
}

TEST_CASE("a client that is refused mid-body and falls silent is let go", "[http][integration]") {
  http::ServerOptions options;
  options.linger_timeout = 100ms;
  RunningServer server(streaming_routes(), options);
  const auto socket = server.connect();
  socket.send(post_to("/small", "Content-Length: 999999999999\r\n"));
  CHECK(MessageReader(socket).read_answer(kPatience).status == 413);
  CHECK(await([&] { return server->load().connections == 0; }, kPatience / 2));
}

TEST_CASE("draining waits only shortly for clients that were refused mid-body and fell silent",
          "[http][integration]") {
  http::ServerOptions options;
  options.linger_timeout = 10min;
  RunningServer server(streaming_routes(), options);
  const auto head = post_to("/small", "Content-Length: 999999999999\r\n");
  const auto before = server.connect();
  before.send(head);
  CHECK(MessageReader(before).read_answer(kPatience).status == 413);
  const auto meanwhile = server.connect();
  meanwhile.send(head.substr(0, 10));
  CHECK(await([&] { return server->load().connections == 2; }));

  auto drained = std::async(std::launch::async, [&] { server->drain(3 * kPatience); });
  CHECK(await([&] { return server->load().draining; }));
  meanwhile.send(head.substr(10));
  CHECK(MessageReader(meanwhile).read_answer(kPatience).status == 413);
  CHECK(drained.wait_for(kPatience) == std::future_status::ready);
}

TEST_CASE("a client that takes too long is told so and let go", "[http][integration]") {
  Target target;
  http::ServerOptions options;
  options.header_timeout = 300ms;
  options.request_timeout = 600ms;
  options.idle_timeout = 300ms;
  const RunningServer server(target.router(), options);
  const auto silent = server.connect();
  CHECK(silent.receive(kPatience) == "");  // closed without a word, as there was no question

  const auto half_line = server.connect();
  half_line.send("\r");  // begins an empty line, and no question either
  CHECK(half_line.receive(kPatience) == "");

  const auto half_head = server.connect();
  half_head.send("GET /a HTTP/1.1\r\nHost");
  MessageReader reader(half_head);
  const auto refusal = reader.read_answer(kPatience);
  CHECK(problem_code(refusal) == "bad_request");
  CHECK(json::parse(refusal.body).at("retryable") == true);
  CHECK(closes(half_head));

  http::Router slow;
  auto quick = open_route();
  quick.deadline = 100ms;
  slow.add(http::Method::post, "/a", quick,
           [](const http::Request&) -> http::Answer { return text_answer("{}"); });
  const RunningServer other(std::move(slow), options);
  const auto half_body = other.connect();
  half_body.send(attack_post("Content-Length: 10\r\n", "{"));
  CHECK(problem_code(MessageReader(half_body).read_answer(kPatience)) == "bad_request");
  CHECK(closes(half_body));
}
