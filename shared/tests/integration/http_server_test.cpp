#include <mercato/http/health.hpp>

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <ctime>
#include <optional>
#include <stdexcept>
#include <thread>
#include <vector>

#include <support/await.hpp>
#include <support/catch.hpp>

#include "http_server_fixture.hpp"

using namespace mercato;
using namespace mercato::test;
using namespace std::chrono_literals;

namespace {

/// While it lives, this process may open that many descriptors beside those that it has.
class FewDescriptors {
 public:
  explicit FewDescriptors(rlim_t more) {
    const int lowest_free = ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);
    ::close(lowest_free);
    ::getrlimit(RLIMIT_NOFILE, &before_);
    rlimit few = before_;
    few.rlim_cur = static_cast<rlim_t>(lowest_free) + more;
    ::setrlimit(RLIMIT_NOFILE, &few);
  }
  ~FewDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  FewDescriptors(const FewDescriptors&) = delete;
  FewDescriptors& operator=(const FewDescriptors&) = delete;

 private:
  rlimit before_{};
};

/// What this process has used so far, in all its threads.
std::chrono::nanoseconds processor_time() {
  timespec used{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

/// Answers with what the handler saw.
http::Answer mirror(const http::Request& request) {
  json::Value query = json::Value::object();
  for (const auto& [name, value] : request.query_parameters) query[name] = value;
  json::Value path = json::Value::object();
  for (const auto& [name, value] : request.path_parameters) path[name] = value;
  return http::json_response({{"method", http::name(request.method)},
                              {"path", request.path},
                              {"target", request.target},
                              {"route", request.route},
                              {"query", query},
                              {"parameters", path},
                              {"key", request.header("X-Key").value_or("")},
                              {"remote", request.remote_address},
                              {"request_id", request.request_id},
                              {"trace_id", request.trace.trace_id},
                              {"subject", request.caller.role},
                              {"body", request.body}});
}

http::Router mirrors() {
  http::Router router;
  router.add(http::Method::get, "/mirror", open_route(), mirror);
  router.add(http::Method::post, "/mirror", open_route(), mirror);
  router.add(http::Method::get, "/mirror/{name}", open_route(), mirror);
  return router;
}

json::Value seen(const HttpAnswer& answer) {
  REQUIRE(answer.status == 200);
  return json::parse(answer.body);
}

}  // namespace

TEST_CASE("a handler sees the request as it was meant", "[http][integration]") {
  const RunningServer server(mirrors());
  const auto request = seen(
      server.call({.target = "/mirror/a%2Fb%20c?x=1&y=%C3%A9+z", .headers = {{"X-Key", "50%25"}}}));
  CHECK(request.at("method") == "GET");
  CHECK(request.at("path") == "/mirror/a/b c");
  CHECK(request.at("target") == "/mirror/a%2Fb%20c?x=1&y=%C3%A9+z");
  CHECK(request.at("route") == "/mirror/{name}");
  CHECK(request.at("parameters").at("name") == "a/b c");
  CHECK(request.at("query") == json::Value({{"x", "1"}, {"y", "\xc3\xa9 z"}}));
  CHECK(request.at("key") == "50%25");
  CHECK(request.at("remote") == "127.0.0.1");
}

TEST_CASE("a body arrives whole, however large and however slow", "[http][integration]") {
  const RunningServer server(mirrors());
  for (const std::size_t size : {0U, 1U, 4000U, 16'384U, 100'000U, 1'048'576U}) {
    const std::string body(size, 'x');
    const auto request = seen(server.call({.method = "POST", .target = "/mirror", .body = body}));
    CHECK(request.at("body") == body);
  }
  const auto socket = server.connect();
  const auto bytes = serialize({.method = "POST", .target = "/mirror", .body = "slow"}, true);
  for (const char byte : bytes) socket.send(std::string_view(&byte, 1));
  CHECK(seen(MessageReader(socket).read_answer(kPatience)).at("body") == "slow");
}

TEST_CASE("a client's request id is kept if it is one", "[http][integration]") {
  const RunningServer server(mirrors());
  const auto id_for = [&](const std::string& id) {
    return server.call({.target = "/mirror", .headers = {{"X-Request-Id", id}}})
        .header("X-Request-Id");
  };
  CHECK(id_for("abc-1_2.3") == "abc-1_2.3");
  CHECK(id_for(std::string(64, 'a')) == std::string(64, 'a'));
  for (const auto& bad : {std::string(65, 'a'), std::string("a b"), std::string("a;b")}) {
    CHECK(id_for(bad) != bad);
    CHECK(id_for(bad).size() == 36);
  }
}

TEST_CASE("a trace is continued, or started", "[http][integration]") {
  const RunningServer server(mirrors());
  const std::string id = "0af7651916cd43dd8448eb211c80319c";
  const auto continued = server.call(
      {.target = "/mirror", .headers = {{"traceparent", "00-" + id + "-b7ad6b7169203331-01"}}});
  CHECK(seen(continued).at("trace_id") == id);
  CHECK(seen(server.get("/mirror")).at("trace_id").get<std::string>().size() == 32);
  const auto lost = server.call(
      {.target = "/none", .headers = {{"traceparent", "00-" + id + "-b7ad6b7169203331-01"}}});
  CHECK(json::parse(lost.body).at("trace_id") == id);
}

TEST_CASE("the gateway's last word says who the client is", "[http][integration]") {
  const RunningServer server(mirrors());
  const auto remote_for = [&](const std::string& forwarded) {
    return seen(server.call({.target = "/mirror", .headers = {{"X-Forwarded-For", forwarded}}}))
        .at("remote")
        .get<std::string>();
  };
  CHECK(remote_for("198.51.100.7") == "198.51.100.7");
  CHECK(remote_for("6.6.6.6, 2001:db8::1") == "2001:db8::1");
  CHECK(remote_for("6.6.6.6, nonsense") == "127.0.0.1");
}

TEST_CASE("HEAD is answered like GET, without the body", "[http][integration]") {
  const RunningServer server(mirrors());
  const auto socket = server.connect();
  socket.send(
      "HEAD /mirror HTTP/1.1\r\nHost: a\r\n\r\nGET /mirror HTTP/1.1\r\nHost: a\r\n"
      "Connection: close\r\n\r\n");
  std::string all;
  while (true) {
    const auto bytes = socket.receive(kPatience);
    REQUIRE(bytes);
    if (bytes->empty()) break;
    all += *bytes;
  }
  const auto second = all.find("HTTP/1.1", 1);
  REQUIRE(second != std::string::npos);
  CHECK_THAT(all.substr(0, second), ContainsSubstring("Content-Length: "));
  CHECK(all.substr(second - 4, 4) == "\r\n\r\n");
}

TEST_CASE("an unknown path is 404, a known one with another method 405", "[http][integration]") {
  const RunningServer server(mirrors());
  const auto missing = server.get("/nothing");
  CHECK(missing.status == 404);
  CHECK(problem_code(missing) == "not_found");
  for (const std::string method : {"DELETE", "OPTIONS", "TRACE", "BREW", "get"}) {
    INFO(method);
    const auto refused = server.call({.method = method, .target = "/mirror"});
    CHECK(refused.status == 405);
    CHECK(problem_code(refused) == "method_not_allowed");
    CHECK(refused.header("Allow") == "GET, HEAD, POST");
  }
  CHECK(server.call({.method = "BREW", .target = "/nothing"}).status == 404);
}

TEST_CASE("a body must be JSON unless the route says otherwise", "[http][integration]") {
  auto router = mirrors();
  auto lines = open_route();
  lines.content_type = "application/x-ndjson";
  router.add(http::Method::post, "/lines", lines, mirror);
  auto anything = open_route();
  anything.any_content_type = true;
  router.add(http::Method::post, "/anything", anything, mirror);
  router.add(http::Method::patch, "/change", open_route(), mirror);
  const RunningServer server(std::move(router));
  const auto status = [&](const std::string& target, const std::string& type) {
    return server
        .call(
            {.method = "POST", .target = target, .headers = {{"Content-Type", type}}, .body = "1"})
        .status;
  };
  CHECK(status("/mirror", "application/json") == 200);
  CHECK(status("/mirror", "Application/JSON; charset=UTF-8") == 200);
  CHECK(status("/mirror", "application/merge-patch+json") == 415);
  CHECK(status("/mirror", "application/json; charset=latin1") == 415);
  CHECK(status("/mirror", "text/plain") == 415);
  CHECK(status("/mirror", "application/x-www-form-urlencoded") == 415);
  CHECK(status("/lines", "application/x-ndjson") == 200);
  CHECK(status("/lines", "text/csv") == 415);
  CHECK(status("/lines", "application/json") == 415);
  CHECK(status("/anything", "text/csv") == 200);
  for (const auto* type : {"application/json", "application/merge-patch+json"}) {
    CHECK(server.call({.method = "PATCH",
                       .target = "/change",
                       .headers = {{"Content-Type", type}},
                       .body = "1"}).status == 200);
  }
  CHECK(server.call({.method = "POST", .target = "/mirror", .headers = {{"Content-Type", "a/b"}}})
            .status == 200);
}

TEST_CASE("errors become problems, and unknown ones say nothing", "[http][integration]") {
  http::Router router;
  router.add(http::Method::get, "/known", open_route(), [](const http::Request&) -> http::Answer {
    throw Error(ErrorKind::conflict, "taken", "Somebody was faster.");
  });
  router.add(http::Method::get, "/unknown", open_route(), [](const http::Request&) -> http::Answer {
    throw std::runtime_error("password=secret");
  });
  router.add(http::Method::get, "/strange", open_route(),
             [](const http::Request&) -> http::Answer { throw 7; });
  router.add(http::Method::get, "/split", open_route(), [](const http::Request&) -> http::Answer {
    auto response = text_answer("{}");
    response.headers.set("X-Echo", "a\r\nX-Injected: b");
    return response;
  });
  const RunningServer server(std::move(router));
  CHECK(problem_code(server.get("/known")) == "taken");
  for (const std::string path : {"/unknown", "/strange", "/split"}) {
    INFO(path);
    const auto answer = server.get(path);
    CHECK(answer.status == 500);
    CHECK(problem_code(answer) == "internal");
    CHECK(answer.body.find("secret") == std::string::npos);
    CHECK(answer.header("X-Injected").empty());
  }
}

TEST_CASE("who may call a route is decided before its handler runs", "[http][integration]") {
  std::atomic<int> handled{0};
  http::Router router;
  const auto count = [&](const http::Request& request) {
    ++handled;
    return mirror(request);
  };
  router.add(http::Method::post, "/own", {.access = http::Access::subject}, count);
  http::ServerOptions options;
  options.authenticate = [](const http::Request& request, http::Access access) {
    const bool good = request.header("Authorization") == "Bearer good";
    if (!good || access != http::Access::subject) {
      throw Error(ErrorKind::unauthenticated, "unauthenticated");
    }
    http::Caller caller;
    caller.kind = http::Caller::Kind::subject;
    caller.role = "customer";
    return caller;
  };
  options.admit = [&](const http::Caller&) {
    if (handled == 1) throw Error(ErrorKind::rate_limited, "rate_limited").after(7s);
  };
  const RunningServer server(std::move(router), options);
  const auto refused = server.call({.method = "POST", .target = "/own"});
  CHECK(refused.status == 401);
  CHECK(refused.header("WWW-Authenticate") == "Bearer");
  const HttpCall with_token = {
      .method = "POST", .target = "/own", .headers = {{"Authorization", "Bearer good"}}};
  CHECK(seen(server.call(with_token)).at("subject") == "customer");
  const auto limited = server.call(with_token);
  CHECK(limited.status == 429);
  CHECK(limited.header("Retry-After") == "7");
  CHECK(handled == 1);
}

TEST_CASE("a server without an authenticator refuses routes that need one", "[http][integration]") {
  http::Router router;
  router.add(http::Method::get, "/own", {.access = http::Access::subject}, mirror);
  CHECK_THROWS_AS(http::Server(std::move(router), http::ServerOptions{}), std::logic_error);
}

TEST_CASE("a handler is told how long its caller waits", "[http][integration]") {
  http::Router router;
  auto quick = open_route();
  quick.deadline = 2s;
  router.add(http::Method::get, "/left", quick, [](const http::Request& request) -> http::Answer {
    return text_answer(std::to_string(request.deadline.remaining().count()));
  });
  const RunningServer server(std::move(router));
  const auto left = [&](const HeaderList& headers) {
    const auto answer = server.call({.target = "/left", .headers = headers});
    return answer.status == 200 ? std::stoi(answer.body) : -answer.status;
  };
  CHECK(left({}) > 1000);
  CHECK(left({}) <= 2000);
  CHECK(left({{"X-Request-Deadline-Ms", "500"}}) <= 500);
  CHECK(left({{"X-Request-Deadline-Ms", "60000"}}) <= 2000);
  CHECK(left({{"X-Request-Deadline-Ms", "soon"}}) > 1000);
  CHECK(left({{"X-Request-Deadline-Ms", "0"}}) == -503);
}

TEST_CASE("several requests sent at once are answered in order", "[http][integration]") {
  const RunningServer server(mirrors());
  const auto socket = server.connect();
  constexpr int kRequests = 100;
  std::string bytes;
  for (int i = 0; i < kRequests; ++i) {
    bytes += serialize({.method = "POST", .target = "/mirror", .body = std::to_string(i)}, true);
  }
  socket.send(bytes);
  MessageReader reader(socket);
  for (int i = 0; i < kRequests; ++i) {
    CHECK(seen(reader.read_answer(kPatience)).at("body") == std::to_string(i));
  }
}

TEST_CASE("a client that asks first is told to go on", "[http][integration]") {
  const RunningServer server(mirrors());
  const auto socket = server.connect();
  const std::string head =
      "POST /mirror HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
      "Content-Type: application/json\r\n";
  socket.send(head + "Content-Length: 2\r\n\r\n");
  CHECK(socket.receive(kPatience) == "HTTP/1.1 100 Continue\r\n\r\n");
  socket.send("{}");
  CHECK(seen(MessageReader(socket).read_answer(kPatience)).at("body") == "{}");
  // A body that would be refused is not asked for.
  CHECK(say(server, head + "Content-Length: 99999999\r\n\r\n").status == 413);
}

TEST_CASE("an old client's connection is closed unless it asks", "[http][integration]") {
  const RunningServer server(mirrors());
  const auto plain = server.connect();
  plain.send("GET /mirror HTTP/1.0\r\n\r\n");
  CHECK(MessageReader(plain).read_answer(kPatience).header("Connection") == "close");
  CHECK(closes(plain));
  const auto kept = server.connect();
  MessageReader reader(kept);
  for (int i = 0; i < 2; ++i) {
    kept.send("GET /mirror HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    CHECK(reader.read_answer(kPatience).header("Connection") == "keep-alive");
  }
}

TEST_CASE("operations routes and the health port answer", "[http][integration]") {
  std::atomic<bool> ready{true};
  const auto check = [&] {
    return http::Readiness{ready.load(), ready ? "" : "the database is away"};
  };
  http::Router router;
  http::add_operations_routes(router, check, "openapi: 3.1.0\n");
  const RunningServer server(std::move(router));
  const http::HealthServer health("127.0.0.1", 0, check);

  CHECK(server.get("/livez").status == 200);
  CHECK(server.get("/openapi.yaml").body == "openapi: 3.1.0\n");
  CHECK_THAT(server.get("/metrics").body, ContainsSubstring("http_server_requests_total"));
  CHECK(call(health.port(), {.target = "/livez"}).status == 200);
  CHECK(call(health.port(), {.target = "/metrics"}).status == 200);
  CHECK(problem_code(call(health.port(), {.target = "/orders"})) == "not_found");
  for (const auto port : {server.port(), health.port()}) {
    ready = true;
    CHECK(call(port, {.target = "/readyz"}).status == 200);
    ready = false;
    const auto answer = call(port, {.target = "/readyz"});
    CHECK(answer.status == 503);
    CHECK_THAT(answer.body, ContainsSubstring("the database is away"));
  }
}

TEST_CASE("probes that say nothing do not keep the others waiting", "[http][integration]") {
  const http::HealthServer health("127.0.0.1", 0, [] { return http::Readiness{}; });
  std::vector<Socket> silent;
  for (int i = 0; i < 32; ++i) {
    silent.push_back(Socket::connect(health.port(), kPatience).value());
    if (i % 2 == 0) silent.back().send("GET /livez HT");
  }
  CHECK(call(health.port(), {.target = "/livez"}).status == 200);
  // All are still there: none of them was waited for.
  silent[0].send("TP/1.1\r\nHost: a\r\n\r\n");
  CHECK(MessageReader(silent[0]).read_answer(kPatience).status == 200);
}

TEST_CASE("where all places of the health port are taken, the oldest silent probe makes way",
          "[http][integration]") {
  const http::HealthServer health("127.0.0.1", 0, [] { return http::Readiness{}; });
  const auto answers_before_they_time_out = [&] {
    std::vector<Socket> silent;
    for (int i = 0; i < 128; ++i) {
      silent.push_back(Socket::connect(health.port(), kPatience).value());
    }
    const auto begin = std::chrono::steady_clock::now();
    CHECK(call(health.port(), {.target = "/livez"}).status == 200);
    return std::chrono::steady_clock::now() - begin < 500ms;
  };
  // Tried again where the machine took longer than that for something else.
  CHECK(await(answers_before_they_time_out, kPatience));
}

TEST_CASE("a readiness check that fails is told, and ends nothing", "[http][integration]") {
  const http::HealthServer health("127.0.0.1", 0, []() -> http::Readiness {
    throw std::runtime_error("no memory is left");
  });
  for (const auto* path : {"/startupz", "/readyz", "/startupz"}) {
    CHECK(call(health.port(), {.target = path}).status == 503);
  }
}

TEST_CASE("a health port without a descriptor for a probe waits for one, and does not spin",
          "[http][integration]") {
  const http::HealthServer health("127.0.0.1", 0, [] { return http::Readiness{}; });
  std::optional<Socket> prober;
  {
    const FewDescriptors only_the_probers(1);
    prober = Socket::connect(health.port(), kPatience).value();
    prober->send("GET /livez HTTP/1.1\r\nHost: a\r\n\r\n");
    const auto begin = processor_time();
    CHECK_FALSE(await([&] { return processor_time() - begin > 250ms; }, 1s));
  }
  CHECK(MessageReader(*prober).read_answer(kPatience).status == 200);
}
