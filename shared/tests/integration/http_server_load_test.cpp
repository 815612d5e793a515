#include <algorithm>
#include <atomic>
#include <future>
#include <thread>
#include <vector>

#include <support/await.hpp>
#include <support/catch.hpp>

#include "http_server_fixture.hpp"
#include "mercato/http/inbound/leaders.hpp"

using namespace mercato;
using namespace mercato::test;
using namespace std::chrono_literals;

namespace {

/// Handlers that stay inside until the gate opens.
class Gate {
 public:
  ~Gate() { open(); }

  [[nodiscard]] http::Handler handler() {
    return [this](const http::Request&) -> http::Answer {
      entered_.raise();
      std::unique_lock lock(mutex_);
      opened_.wait(lock, [this] { return open_; });
      return text_answer("through");
    };
  }
  void wait_for(int handlers) { REQUIRE(entered_.wait(handlers)); }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    opened_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable opened_;
  bool open_ = false;
  Signal entered_;
};

http::Router gated(Gate& gate) {
  http::Router router;
  router.add(http::Method::get, "/gate", open_route(), gate.handler());
  router.add(http::Method::get, "/now", open_route(),
             [](const http::Request&) -> http::Answer { return text_answer("now"); });
  auto finishing = open_route();
  finishing.urgency = http::Urgency::finish;
  router.add(http::Method::get, "/finish", finishing,
             [](const http::Request&) -> http::Answer { return text_answer("finished"); });
  return router;
}

const std::string kAskGate = serialize({.target = "/gate"}, true);

http::ServerOptions room_for_three() {
  http::ServerOptions options;
  options.workers = 2;
  options.max_queue = 3;
  return options;
}

/// A client that sends a request again and again without end, and lets the answers go by.
class Flood {
 public:
  Flood(const RunningServer& server, const std::string& request)
      : socket_(server.connect()),
        sender_([this, many = repeated(request)] { while (socket_.send(many)) continue; }),
        reader_([this] { while (receive()) answered_.raise(); }) {}
  ~Flood() {
    socket_.shut_down();
    sender_.join();
    reader_.join();
  }
  Flood(const Flood&) = delete;
  Flood& operator=(const Flood&) = delete;

  [[nodiscard]] bool wait_for_answers() { return answered_.wait(20); }

 private:
  static std::string repeated(const std::string& request) {
    std::string many;
    for (int i = 0; i < 1'000; ++i) many += request;
    return many;
  }
  [[nodiscard]] bool receive() const {
    const auto bytes = socket_.receive(kPatience);
    return bytes && !bytes->empty();
  }

  const Socket socket_;
  Signal answered_;
  std::thread sender_;
  std::thread reader_;
};

/// Two clients that keep both workers busy until the gate opens.
std::vector<Socket> keep_busy(RunningServer& server, Gate& gate) {
  std::vector<Socket> busy;
  for (int i = 0; i < 2; ++i) {
    busy.push_back(server.connect());
    busy.back().send(kAskGate);
  }
  gate.wait_for(2);
  return busy;
}

/// One more that waits for a worker.
Socket queue_up(RunningServer& server, const std::string& target) {
  const auto queued = server->load().queued;
  auto socket = server.connect();
  socket.send(serialize({.target = target}, true));
  CHECK(await([&] { return server->load().queued == queued + 1; }));
  return socket;
}

}  // namespace

TEST_CASE("requests beyond the queue are shed at once, those in it are answered",
          "[http][integration]") {
  Gate gate;
  RunningServer server(gated(gate), room_for_three());
  const auto busy = keep_busy(server, gate);
  std::vector<Socket> queued;
  for (int i = 0; i < 3; ++i) queued.push_back(queue_up(server, "/finish"));
  CHECK(server->load().busy == 2);
  const auto shed = server.get("/now");
  CHECK(shed.status == 503);
  CHECK(problem_code(shed) == "unavailable");
  CHECK(shed.header("Retry-After") == "1");
  gate.open();
  for (const auto& socket : queued) {
    CHECK(MessageReader(socket).read_answer(kPatience).body == "finished");
  }
  for (const auto& socket : busy) {
    CHECK(MessageReader(socket).read_answer(kPatience).body == "through");
  }
  CHECK(server.get("/now").body == "now");
}

TEST_CASE("once the queue ran over, who waits long is refused unless it finishes something",
          "[http][integration]") {
  Gate gate;
  RunningServer server(gated(gate), room_for_three());
  const auto busy = keep_busy(server, gate);
  const auto reads = queue_up(server, "/now");
  const auto finishes = queue_up(server, "/finish");
  const auto reads_too = queue_up(server, "/now");
  CHECK(server.get("/now").status == 503);
  for (const auto* socket : {&reads, &reads_too}) {
    const auto refused = MessageReader(*socket).read_answer(kPatience);
    CHECK(refused.status == 503);
    CHECK(refused.header("Retry-After") == "1");
  }
  CHECK(server->load().queued == 1);
  gate.open();
  CHECK(MessageReader(finishes).read_answer(kPatience).body == "finished");
}

TEST_CASE("who pipelines without end while the queue is full does not keep the others waiting",
          "[http][integration]") {
  Gate gate;
  const http::Completer completer;
  auto router = gated(gate);
  router.add(http::Method::get, "/late", open_route(), [&](const http::Request&) -> http::Answer {
    return http::Deferred(completer, 60s, [] { return text_answer("given up"); });
  });
  RunningServer server(std::move(router), room_for_three());
  const auto late = server.connect();
  late.send(serialize({.target = "/late"}, true));
  REQUIRE(await([&] { return server->load().parked == 1; }));
  const auto busy = keep_busy(server, gate);
  std::vector<Socket> queued;
  for (int i = 0; i < 3; ++i) queued.push_back(queue_up(server, "/finish"));
  Flood flood(server, kAskNow);
  REQUIRE(flood.wait_for_answers());
  completer.complete(text_answer("done"));
  CHECK(MessageReader(late).read_answer(kPatience).body == "done");
  CHECK(server.get("/now").status == 503);
  gate.open();
}

TEST_CASE("clients that drip do not hold the workers", "[http][integration]") {
  Gate gate;
  http::ServerOptions options;
  options.workers = 2;
  RunningServer server(gated(gate), options);
  std::vector<Socket> slow;
  for (int i = 0; i < 50; ++i) {
    slow.push_back(server.connect());
    slow.back().send(i % 2 == 0 ? "GET /now HT"
                                : "POST /now HTTP/1.1\r\nHost: a\r\n"
                                  "Content-Length: 100\r\n\r\nhalf");
  }
  for (int i = 0; i < 20; ++i) CHECK(server.get("/now").body == "now");
  CHECK(server->load().busy == 0);
  slow[0].send("TP/1.1\r\nHost: a\r\n\r\n");
  CHECK(MessageReader(slow[0]).read_answer(kPatience).body == "now");
}

TEST_CASE("a client that does not read its answers does not hold a worker", "[http][integration]") {
  http::Router router;
  router.add(http::Method::get, "/large", open_route(), [](const http::Request&) -> http::Answer {
    return text_answer(std::string(8 * 1024 * 1024, 'x'));
  });
  router.add(http::Method::get, "/now", open_route(),
             [](const http::Request&) -> http::Answer { return text_answer("now"); });
  http::ServerOptions options;
  options.workers = 1;
  const RunningServer server(std::move(router), options);
  const auto lazy = server.connect();
  lazy.send(serialize({.target = "/large"}, true) + kAskNow);
  CHECK(server.get("/now").body == "now");
  MessageReader reader(lazy);
  CHECK(reader.read_answer(kPatience).body.size() == 8 * 1024 * 1024);
  CHECK(reader.read_answer(kPatience).body == "now");
}

TEST_CASE("thousands of idle connections cost a request nothing", "[http][integration]") {
  Gate gate;
  RunningServer server(gated(gate));
  std::vector<Socket> idle;
  for (int i = 0; i < 2'000; ++i) {
    idle.push_back(server.connect());
    if (i % 4 == 0) idle.back().send(kAskNow);
  }
  for (std::size_t i = 0; i < idle.size(); i += 4) {
    CHECK(MessageReader(idle[i]).read_answer(kPatience).body == "now");
  }
  CHECK(await([&] { return server->load().connections == idle.size(); }));
  CHECK(server.get("/now").body == "now");
  idle.clear();
  CHECK(await([&] { return server->load().connections == 0; }));
}

TEST_CASE("a connection too many is refused with a word", "[http][integration]") {
  Gate gate;
  http::ServerOptions options;
  options.max_connections = 2;
  RunningServer server(gated(gate), options);
  std::vector<Socket> sockets;
  for (int i = 0; i < 2; ++i) sockets.push_back(server.connect());
  CHECK(await([&] { return server->load().connections == 2; }));
  CHECK(problem_code(server.get("/now")) == "unavailable");
  sockets.pop_back();
  CHECK(await([&] { return server.get("/now").status == 200; }));
}

TEST_CASE("many clients at once are all answered", "[http][integration]") {
  Gate gate;
  RunningServer server(gated(gate));
  std::atomic<int> good{0};
  std::vector<std::thread> clients;
  for (int client = 0; client < 8; ++client) {
    clients.emplace_back([&] {
      const auto socket = server.connect();
      MessageReader reader(socket);
      for (int i = 0; i < 250; ++i) {
        socket.send(kAskNow);
        if (reader.read_answer(kPatience).body == "now") ++good;
      }
    });
  }
  for (auto& client : clients) client.join();
  CHECK(good == 8 * 250);
}

TEST_CASE("handlers that wait without a word do not keep the others waiting",
          "[http][integration]") {
  Gate gate;
  http::ServerOptions options;
  options.workers = std::max(2U, std::thread::hardware_concurrency()) + 4;
  RunningServer server(gated(gate), options);
  for (std::uint32_t i = 0; i < http::inbound::Leaders::kWithoutWaiting; ++i) {
    REQUIRE(server.get("/now").status == 200);
  }
  REQUIRE(await([&] { return server.get("/now").status == 200 && server->load().following == 4; }));
  std::vector<Socket> inside;
  for (std::size_t i = 1; i < options.workers; ++i) {
    inside.push_back(server.connect());
    inside.back().send(kAskGate);
  }
  gate.wait_for(static_cast<int>(inside.size()));
  CHECK(server.get("/now").body == "now");
  CHECK(server->load().following == 0);
  gate.open();
}

TEST_CASE("a streamed body is read as it comes, in bounded memory", "[http][integration]") {
  http::Router router;
  auto lines = open_route();
  lines.stream_body = true;
  lines.any_content_type = true;
  lines.max_body_bytes = 64 * 1024 * 1024;
  Signal first_piece;
  router.add(http::Method::post, "/lines", lines,
             [&](const http::Request& request) -> http::Answer {
               std::size_t bytes = 0;
               std::size_t largest = 0;
               const bool ended = request.read_body([&](std::string_view piece) {
                 first_piece.raise();
                 bytes += piece.size();
                 largest = std::max(largest, piece.size());
                 return true;
               });
               const bool bounded = largest <= 64 * 1024 && request.body.empty();
               return text_answer(ended && bounded ? std::to_string(bytes) : "unbounded");
             });
  router.add(http::Method::post, "/picky", lines, [](const http::Request& request) -> http::Answer {
    const bool ended = request.read_body([](std::string_view) { return false; });
    return text_answer(ended ? "ended" : "enough");
  });
  const RunningServer server(std::move(router));
  constexpr std::size_t kSize = 20 * 1024 * 1024;
  const auto head = [](const std::string& target, std::size_t size) {
    return "POST " + target + " HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(size) +
           "\r\n\r\n";
  };
  const auto socket = server.connect();
  MessageReader reader(socket);
  socket.send(head("/lines", kSize) + "x");
  REQUIRE(first_piece.wait());  // long before the last piece was sent
  socket.send(std::string(kSize - 1, 'x') + head("/lines", 0));
  CHECK(reader.read_answer(kPatience).body == std::to_string(kSize));
  CHECK(reader.read_answer(kPatience).body == "0");

  CHECK(say(server, head("/lines", 64 * 1024 * 1024 + 1)).status == 413);
  const auto rest_unread = say(server, head("/picky", 1'000) + "some");
  CHECK(rest_unread.body == "enough");
  CHECK(rest_unread.header("Connection") == "close");
}

TEST_CASE("a body of which the end does not come delays a stop by no more than the grace",
          "[http][integration]") {
  http::Router router;
  auto lines = open_route();
  lines.stream_body = true;
  lines.any_content_type = true;
  lines.max_body_bytes = 64 * 1024 * 1024;
  lines.deadline = 60s;
  Signal first_piece;
  router.add(http::Method::post, "/lines", lines,
             [&](const http::Request& request) -> http::Answer {
               static_cast<void>(request.read_body([&](std::string_view) {
                 first_piece.raise();
                 return true;
               }));
               return text_answer("all of it");
             });
  RunningServer server(std::move(router));
  const auto socket = server.connect();
  socket.send("POST /lines HTTP/1.1\r\nHost: a\r\nContent-Length: 2000000\r\n\r\nx");
  REQUIRE(first_piece.wait());
  std::future<void> client;
  SECTION("as its client is silent") {}
  SECTION("as its client sends it byte by byte") {
    client = std::async(std::launch::async, [&] { while (socket.send("x")) continue; });
  }
  server->drain(100ms);
  const auto answer = MessageReader(socket).read_answer(kPatience);
  socket.shut_down();  // which ends the client
  CHECK(answer.status == 503);
  CHECK(problem_code(answer) == "unavailable");
}

TEST_CASE("draining answers what was accepted, and then no more", "[http][integration]") {
  Gate gate;
  http::ServerOptions options;
  options.workers = 2;
  RunningServer server(gated(gate), options);
  const auto idle = server.connect();
  const auto in_handler = server.connect();
  in_handler.send(kAskGate);
  gate.wait_for(1);
  const auto half_sent = server.connect();
  half_sent.send(kAskNow.substr(0, 10));
  CHECK(await([&] { return server->load().connections == 3; }));

  auto drained = std::async(std::launch::async, [&] { server->drain(kPatience); });
  CHECK(await([&] { return !Socket::connect(server.port(), 100ms); }));
  CHECK(server->load().draining);
  CHECK(closes(idle));
  half_sent.send(kAskNow.substr(10));
  const auto late = MessageReader(half_sent).read_answer(kPatience);
  CHECK(late.body == "now");
  CHECK(late.header("Connection") == "close");
  CHECK(drained.wait_for(0s) == std::future_status::timeout);
  gate.open();
  CHECK(MessageReader(in_handler).read_answer(kPatience).body == "through");
  // The last connection is gone once its client has closed it too.
  in_handler.shut_down();
  half_sent.shut_down();
  CHECK(drained.wait_for(kPatience) == std::future_status::ready);
  server->drain(0ms);
}

TEST_CASE("draining ends streams and answers what is deferred", "[http][integration]") {
  http::Router router;
  router.add(http::Method::get, "/stream", open_route(),
             [](const http::Request&) -> http::Answer { return http::Stream{}; });
  router.add(http::Method::get, "/deferred", open_route(),
             [](const http::Request&) -> http::Answer {
               return http::Deferred({}, 60s, [] { return text_answer("still waiting", 202); });
             });
  RunningServer server(std::move(router));
  const auto stream = server.connect();
  stream.send(serialize({.target = "/stream"}, true));
  const auto deferred = server.connect();
  deferred.send(serialize({.target = "/deferred"}, true));
  CHECK(await([&] { return server->load().parked == 2; }));
  auto drained = std::async(std::launch::async, [&] { server->drain(2s); });
  CHECK(MessageReader(stream).read_answer(kPatience).status == 200);
  CHECK(MessageReader(deferred).read_answer(kPatience).body == "still waiting");
  stream.shut_down();
  deferred.shut_down();
  CHECK(drained.wait_for(kPatience) == std::future_status::ready);
}

TEST_CASE("a server that is destroyed without draining just stops", "[http][integration]") {
  Gate gate;
  gate.open();
  std::optional<Socket> socket;
  {
    RunningServer server(gated(gate));
    socket = server.connect();
    socket->send(kAskNow);
    CHECK(MessageReader(*socket).read_answer(kPatience).body == "now");
  }
  CHECK(closes(*socket));
}
