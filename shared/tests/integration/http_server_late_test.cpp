#include <mercato/http/late_work.hpp>
#include <mercato/metrics/metrics.hpp>

#include <atomic>
#include <future>
#include <memory>
#include <thread>
#include <vector>

#include <support/await.hpp>
#include <support/catch.hpp>

#include "http_server_fixture.hpp"

using namespace mercato;
using namespace mercato::test;
using namespace std::chrono_literals;

namespace {

/// A route whose answers come when the test completes them.
class Waiting {
 public:
  explicit Waiting(std::chrono::milliseconds timeout = kPatience) : timeout_(timeout) {}

  [[nodiscard]] http::Handler handler() {
    return [this](const http::Request&) -> http::Answer {
      http::Completer completer;
      {
        const std::lock_guard lock(mutex_);
        completers_.push_back(completer);
      }
      arrived_.raise();
      return http::Deferred(completer, timeout_, [] { return text_answer("late", 202); });
    };
  }
  void wait_for(int requests) { REQUIRE(arrived_.wait(requests)); }
  [[nodiscard]] http::Completer completer(std::size_t index) {
    const std::lock_guard lock(mutex_);
    return completers_.at(index);
  }

 private:
  std::chrono::milliseconds timeout_;
  std::mutex mutex_;
  std::vector<http::Completer> completers_;
  Signal arrived_;
};

/// A route that opens a stream and gives the test its writer.
struct Feed {
  http::StreamWriter writer;
  Signal opened;
  Signal ended;

  [[nodiscard]] http::Handler handler() {
    return [this](const http::Request&) -> http::Answer {
      writer = http::StreamWriter();
      writer.on_close([this] { ended.raise(); });
      opened.raise();
      http::Stream stream;
      stream.writer = writer;
      return stream;
    };
  }
};

http::Router one_route(http::Handler handler) {
  http::Router router;
  router.add(http::Method::get, "/late", open_route(), std::move(handler));
  router.add(http::Method::get, "/now", open_route(),
             [](const http::Request&) -> http::Answer { return text_answer("now"); });
  return router;
}

const std::string kAskLate = serialize({.target = "/late"}, true);

/// Reads until `text` has come; the bytes so far.
std::string read_until(const Socket& socket, const std::string& text) {
  std::string all;
  while (all.find(text) == std::string::npos) {
    const auto bytes = socket.receive(kPatience);
    if (!bytes || bytes->empty()) break;
    all += *bytes;
  }
  return all;
}

}  // namespace

TEST_CASE("a deferred answer is sent when it is completed", "[http][integration]") {
  Waiting waiting;
  RunningServer server(one_route(waiting.handler()));
  const auto socket = server.connect();
  socket.send(kAskLate);
  waiting.wait_for(1);
  CHECK(await([&] { return server->load().parked == 1; }));
  const auto completer = waiting.completer(0);
  CHECK_FALSE(completer.completed());
  completer.complete(text_answer("done", 201));
  completer.complete(text_answer("too late"));
  MessageReader reader(socket);
  const auto answer = reader.read_answer(kPatience);
  CHECK(answer.status == 201);
  CHECK(answer.body == "done");
  CHECK_FALSE(answer.header("X-Request-Id").empty());
  CHECK(completer.completed());
  // The connection goes on as if nothing had been.
  socket.send(kAskNow);
  CHECK(reader.read_answer(kPatience).body == "now");
  CHECK(await([&] { return server->load().parked == 0; }));
}

TEST_CASE("a deferred answer completed inside its handler is sent at once", "[http][integration]") {
  RunningServer server(one_route([](const http::Request&) -> http::Answer {
    const http::Completer completer;
    completer.complete(text_answer("early"));
    return http::Deferred(completer, kPatience, [] { return text_answer("late"); });
  }));
  CHECK(server.get("/late").body == "early");
}

TEST_CASE("a deferred answer that tells of overload counts as shed", "[http][integration]") {
  const auto shed = [] {
    for (const auto& sample : metrics::registry().samples()) {
      if (sample.name == "http_server_shed_total") return sample.value;
    }
    return 0.0;
  };
  const RunningServer server(one_route([](const http::Request& request) -> http::Answer {
    const http::Completer completer;
    http::complete_with(completer, http::remembered(request),
                        []() -> http::Response { throw Overloaded("Too many people ask this."); });
    return http::Deferred(completer, kPatience, [] { return text_answer("late"); });
  }));
  const auto before = shed();
  CHECK(problem_code(server.get("/late")) == "unavailable");
  CHECK(shed() == before + 1);
}

TEST_CASE("a deferred answer that does not come is replaced in time", "[http][integration]") {
  Waiting waiting(100ms);
  RunningServer server(one_route(waiting.handler()));
  const auto answer = server.get("/late");
  CHECK(answer.status == 202);
  CHECK(answer.body == "late");
  CHECK(waiting.completer(0).completed());
}

TEST_CASE("requests that wait for an answer hold no worker", "[http][integration]") {
  Waiting waiting;
  http::ServerOptions options;
  options.workers = 2;
  RunningServer server(one_route(waiting.handler()), options);
  constexpr int kWaiting = 200;
  std::vector<Socket> sockets;
  for (int i = 0; i < kWaiting; ++i) {
    sockets.push_back(server.connect());
    sockets.back().send(kAskLate);
    waiting.wait_for(i + 1);  // all at once, some might wait so long for a worker as to be refused
  }
  CHECK(server.get("/now").body == "now");
  std::vector<std::thread> threads;
  for (std::size_t part = 0; part < 4; ++part) {
    threads.emplace_back([&, part] {
      for (std::size_t i = part; i < kWaiting; i += 4) {
        waiting.completer(i).complete(text_answer("done"));
      }
    });
  }
  for (auto& thread : threads) thread.join();
  for (const auto& socket : sockets) {
    CHECK(MessageReader(socket).read_answer(kPatience).body == "done");
  }
}

TEST_CASE("a request sent behind a deferred one waits for its turn", "[http][integration]") {
  Waiting waiting;
  RunningServer server(one_route(waiting.handler()));
  const auto socket = server.connect();
  socket.send(kAskLate + kAskNow);
  waiting.wait_for(1);
  MessageReader reader(socket);
  CHECK(await([&] { return server->load().parked == 1; }));
  socket.send(kAskNow);
  waiting.completer(0).complete(text_answer("first"));
  CHECK(reader.read_answer(kPatience).body == "first");
  CHECK(reader.read_answer(kPatience).body == "now");
  CHECK(reader.read_answer(kPatience).body == "now");
}

TEST_CASE("a client that goes away leaves its request abandoned", "[http][integration]") {
  Waiting waiting;
  RunningServer server(one_route(waiting.handler()));
  std::optional<Socket> socket = server.connect();
  socket->send(kAskLate);
  waiting.wait_for(1);
  CHECK_FALSE(waiting.completer(0).abandoned());
  SECTION("by closing") {
    socket.reset();
  }
  SECTION("by resetting") {
    socket->abort();
  }
  CHECK(await([&] { return waiting.completer(0).abandoned(); }));
  waiting.completer(0).complete(text_answer("nobody reads this"));
  CHECK(await([&] { return server->load().connections == 0; }));
  CHECK(server->load().parked == 0);
}

TEST_CASE("a completer may outlive its server", "[http][integration]") {
  Waiting waiting;
  {
    RunningServer server(one_route(waiting.handler()));
    const auto socket = server.connect();
    socket.send(kAskLate);
    waiting.wait_for(1);
  }
  waiting.completer(0).complete(text_answer("nobody is there"));
  CHECK(waiting.completer(0).completed());
}

TEST_CASE("a stream carries what is written, until it is closed", "[http][integration]") {
  Feed feed;
  RunningServer server(one_route(feed.handler()));
  const auto socket = server.connect();
  socket.send(kAskLate);
  REQUIRE(feed.opened.wait());
  const auto head = read_until(socket, "\r\n\r\n");
  CHECK_THAT(head, ContainsSubstring("200 OK"));
  CHECK_THAT(head, ContainsSubstring("text/event-stream"));
  CHECK_THAT(head, ContainsSubstring("X-Request-Id"));
  CHECK(feed.writer.write("data: 1\n\n"));
  CHECK_THAT(read_until(socket, "\n\n\r\n"), ContainsSubstring("data: 1\n\n"));
  CHECK(feed.writer.write("data: 2\n\n"));
  feed.writer.close();
  CHECK_FALSE(feed.writer.write("data: 3\n\n"));
  const auto rest = read_until(socket, "0\r\n\r\n");
  CHECK_THAT(rest, ContainsSubstring("data: 2\n\n"));
  CHECK(rest.find("data: 3") == std::string::npos);
  CHECK(closes(socket));
  CHECK(feed.ended.wait());
}

TEST_CASE("HEAD of a stream is its head", "[http][integration]") {
  Feed feed;
  RunningServer server(one_route(feed.handler()));
  const auto socket = server.connect();
  socket.send(serialize({.method = "HEAD", .target = "/late"}, true));
  CHECK_THAT(read_until(socket, "\r\n\r\n"), ContainsSubstring("text/event-stream"));
  CHECK(socket.receive(kPatience) == "");
  CHECK(feed.ended.wait());
}

TEST_CASE("a stream ends when its reader goes away", "[http][integration]") {
  Feed feed;
  RunningServer server(one_route(feed.handler()));
  std::optional<Socket> socket = server.connect();
  socket->send(kAskLate);
  REQUIRE(feed.opened.wait());
  read_until(*socket, "\r\n\r\n");
  socket.reset();
  CHECK(feed.ended.wait());
  CHECK(feed.writer.closed());
  bool called = false;
  feed.writer.on_close([&] { called = true; });
  CHECK(called);
}

TEST_CASE("a reader that does not read is cut off", "[http][integration]") {
  Feed feed;
  RunningServer server(one_route(feed.handler()));
  const auto socket = server.connect();
  socket.send(kAskLate);
  REQUIRE(feed.opened.wait());
  const std::string event = "data: " + std::string(4'000, 'x') + "\n\n";
  const bool cut = await([&] { return !feed.writer.write(event); });
  CHECK(cut);
  CHECK(feed.ended.wait());
  CHECK(await([&] { return server->load().connections == 0; }));
}

TEST_CASE("streams are bounded in number, and hold no worker", "[http][integration]") {
  Feed feed;
  http::ServerOptions options;
  options.workers = 1;
  options.max_streams = 3;
  RunningServer server(one_route(feed.handler()), options);
  std::vector<Socket> sockets;
  for (int i = 0; i < 3; ++i) {
    sockets.push_back(server.connect());
    sockets.back().send(kAskLate);
    read_until(sockets.back(), "\r\n\r\n");
  }
  const auto refused = server.get("/late");
  CHECK(refused.status == 503);
  CHECK(problem_code(refused) == "unavailable");
  CHECK(server.get("/now").body == "now");
  sockets.pop_back();
  CHECK(await([&] { return server->load().parked == 2; }));
  sockets.push_back(server.connect());
  sockets.back().send(kAskLate);
  CHECK_THAT(read_until(sockets.back(), "\r\n\r\n"), ContainsSubstring("200 OK"));
}

TEST_CASE("a stream that is asked for while the server drains ends with what it has",
          "[http][integration]") {
  RunningServer server(one_route([](const http::Request&) -> http::Answer {
    http::Stream stream;
    stream.writer.write("data: 1\n\n");
    return stream;
  }));
  const auto kept = server.connect();
  MessageReader reader(kept);
  kept.send(kAskNow);
  REQUIRE(reader.read_answer(kPatience).body == "now");
  auto drained = std::async(std::launch::async, [&] { server->drain(kPatience, kPatience); });
  REQUIRE(await([&] { return server->load().draining; }));
  kept.send(kAskLate);
  const auto answer = reader.read_answer(kPatience);
  CHECK(answer.status == 200);
  CHECK(answer.header("Connection") == "close");
  CHECK(answer.body == "data: 1\n\n");
  CHECK(closes(kept));
  kept.shut_down();
  CHECK(drained.wait_for(kPatience) == std::future_status::ready);
}
