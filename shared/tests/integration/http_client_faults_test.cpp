#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <atomic>
#include <future>
#include <string>
#include <thread>

#include <support/catch.hpp>
#include <support/http_peer.hpp>
#include <support/socket.hpp>

#include "http_client_fixture.hpp"

using namespace mercato;
using namespace mercato::http;
using namespace mercato::test;
using namespace std::chrono_literals;

TEST_CASE("a refused connection is certainly not sent", "[http_client][integration]") {
  Client client(options({"http://127.0.0.1:" + std::to_string(port_without_listener())}));
  CHECK(not_sent(client.call(get())));
  CHECK(not_sent(client.call(post())));
}

TEST_CASE("a name that nobody knows is certainly not sent", "[http_client][integration]") {
  auto unknown_name = options({"http://does-not-exist.invalid:80"});
  unknown_name.total_timeout = 300ms;
  Client client(unknown_name);
  CHECK(not_sent(client.call(post())));
}

TEST_CASE("a name that nobody knows takes no more time than a connection may",
          "[http_client][integration]") {
  auto patient = options({"http://does-not-exist.invalid:80"});
  patient.connect_timeout = 10ms;
  patient.total_timeout = 10min;
  Client client(patient);
  const auto soon = Deadline::in(1min);
  CHECK(not_sent(client.call(post())));
  CHECK_FALSE(soon.expired());
}

TEST_CASE("a request that was heard but not answered may have been acted on",
          "[http_client][integration]") {
  using Fault = PeerAnswer::Fault;
  const auto fault = GENERATE(Fault::drop, Fault::reset, Fault::half);
  const HttpPeer peer([&](const PeerRequest&) { return PeerAnswer{200, "{\"a\":1}", {}, fault}; });
  Client client(options({peer.url()}));
  CHECK(unknown(client.call(post())));
  CHECK(unknown(client.call(get())));
  CHECK(unknown(client.call(post())));
}

TEST_CASE("an answer that is no HTTP, or has no certain end, is no answer",
          "[http_client][integration]") {
  const std::string bad = GENERATE(
      as<std::string>(), "garbage\r\n\r\n", "HTTP/1.1 2000 OK\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nuntil the end",
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: two\r\n\r\n{}",
      "HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\n{}", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n",
      "HTTP/1.1 204 No Content\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nab",
      "HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n{}");
  INFO(bad);
  RawPeer peer(always(bad));
  Client client(options({peer.url()}));
  CHECK(unknown(client.call(post())));
}

TEST_CASE("a head without end is cut off", "[http_client][integration]") {
  const std::string endless =
      GENERATE(as<std::string>(), "HTTP/1.1 200 ", "HTTP/1.1 200 OK\r\nX: ");
  RawPeer peer(always(endless + std::string(1'000'000, 'x')));
  Client client(options({peer.url()}));
  CHECK(unknown(client.call(post())));
}

TEST_CASE("a long status line is cut off before it takes the stack", "[http_client][integration]") {
  const std::string before = GENERATE(as<std::string>(), "", "HTTP/1.1 100 Continue\r\n\r\n");
  RawPeer peer(always(before + "HTTP/1.1 200 " + std::string(7'000, 'a') +
                      "\r\nContent-Length: 2\r\n\r\n{}"));
  Client client(options({peer.url()}));
  CHECK(unknown(client.call(post())));
}

TEST_CASE("a long header is none of our business", "[http_client][integration]") {
  RawPeer peer(always("HTTP/1.1 200 OK\r\nX-Long: " + std::string(7'000, 'a') +
                      "\r\nContent-Length: 2\r\n\r\n{}"));
  Client client(options({peer.url()}));
  CHECK_FALSE(unknown(client.call(get())));
}

TEST_CASE("a body over the limit is not taken in", "[http_client][integration]") {
  const std::string head = GENERATE(as<std::string>(), "Content-Length: 100\r\n\r\n",
                                    "Transfer-Encoding: chunked\r\n\r\n64\r\n");
  RawPeer peer(always("HTTP/1.1 200 OK\r\n" + head + std::string(100, 'x') + "\r\n0\r\n\r\n"));
  auto small = options({peer.url()});
  small.max_response_bytes = 99;
  Client client(small);
  CHECK(unknown(client.call(get())));
}

TEST_CASE("bytes after an answer end the connection", "[http_client][integration]") {
  RawPeer peer(always("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}HTTP/1.1 500 Evil\r\n"));
  Client client(options({peer.url()}));
  CHECK(status_of(client.call(get())) == 200);
  CHECK(status_of(client.call(get())) == 200);
  CHECK(peer.connections() == 2);
}

TEST_CASE("a neighbour that is slow costs no more than the deadline",
          "[http_client][integration]") {
  std::promise<void> over;
  auto ended = over.get_future().share();
  const HttpPeer peer([&](const PeerRequest&) {
    ended.wait();
    return PeerAnswer{};
  });
  auto patient = options({peer.url()});
  patient.total_timeout = 1min;
  Client client(patient);
  auto request = post();
  const auto start = std::chrono::steady_clock::now();
  request.deadline = Deadline::in(150ms);
  CHECK(unknown(client.call(request)));
  const auto took = std::chrono::steady_clock::now() - start;
  CHECK(took >= 150ms);
  CHECK(took < 15s);
  over.set_value();
}

TEST_CASE("a neighbour that drips cannot stretch the deadline", "[http_client][integration]") {
  RawPeer peer([](const Socket& socket) {
    if (!socket.receive(5s)) return;
    socket.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
    while (socket.send("x")) {
      pollfd nothing{socket.fd(), 0, 0};
      ::poll(&nothing, 1, 50);
    }
  });
  auto patient = options({peer.url()});
  patient.total_timeout = 1min;
  Client client(patient);
  auto request = post();
  request.deadline = Deadline::in(200ms);
  const auto start = std::chrono::steady_clock::now();
  CHECK(unknown(client.call(request)));
  CHECK(std::chrono::steady_clock::now() - start < 15s);
}

TEST_CASE("a kept connection that dies under a request is replaced if repeating is harmless",
          "[http_client][integration]") {
  std::atomic<int> heard{0};
  const HttpPeer peer([&](const PeerRequest&) {
    PeerAnswer answer{200, "{}"};
    if (++heard == 2) answer.fault = PeerAnswer::Fault::drop;
    return answer;
  });
  Client client(options({peer.url()}));
  CHECK(status_of(client.call(get())) == 200);
  SECTION("an idempotent call gets its answer on a new one") {
    CHECK(status_of(client.call(get())) == 200);
    CHECK(heard == 3);
  }
  SECTION("any other call does not know") {
    CHECK(unknown(client.call(post())));
    CHECK(heard == 2);
  }
}

TEST_CASE("a neighbour that dies over a request stays unknown though it can no longer be reached",
          "[http_client][integration]") {
  // Answers once, then hears a request, and is gone for good.
  std::atomic<bool> closed{false};
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  REQUIRE(::bind(listener, reinterpret_cast<sockaddr*>(&address), length) == 0);
  REQUIRE(::listen(listener, 4) == 0);
  REQUIRE(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length) == 0);
  std::thread server([&] {
    Socket door(listener);
    const Socket socket(::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC));
    if (!socket.receive(5s)) return;
    socket.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    if (!socket.receive(5s)) return;
    closed = true;
  });
  Client client(options({"http://127.0.0.1:" + std::to_string(ntohs(address.sin_port))}));
  CHECK(status_of(client.call(get())) == 200);
  CHECK(unknown(client.call(get())));
  server.join();
  CHECK(closed);
}
