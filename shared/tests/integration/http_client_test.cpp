#include <mercato/crypto/tls.hpp>
#include <mercato/http/client.hpp>
#include <mercato/metrics/metrics.hpp>

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <atomic>
#include <functional>
#include <future>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <support/await.hpp>
#include <support/catch.hpp>
#include <support/http_peer.hpp>
#include <support/socket.hpp>
#include <support/test_certificate.hpp>

using namespace mercato;
using namespace mercato::http;
using namespace std::chrono_literals;
using test::HttpPeer;
using test::PeerAnswer;
using test::PeerRequest;

namespace {

// Accepts connections and lets `play` say and hear on each, one after the other, whatever it likes.
class RawPeer {
 public:
  explicit RawPeer(std::function<void(const test::Socket&)> play)
      : play_(std::move(play)), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_.fd(), generic, length) != 0 || ::listen(listener_.fd(), 16) != 0 ||
        ::getsockname(listener_.fd(), generic, &length) != 0) {
      throw std::runtime_error("no port for a peer");
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { accept_all(); });
  }
  ~RawPeer() {
    stopping_ = true;
    listener_.shut_down();
    thread_.join();
  }
  RawPeer(const RawPeer&) = delete;
  RawPeer& operator=(const RawPeer&) = delete;

  [[nodiscard]] std::string url(const std::string& scheme = "http") const {
    return scheme + "://127.0.0.1:" + std::to_string(port_);
  }
  [[nodiscard]] int connections() const { return connections_; }

 private:
  void accept_all() {
    while (!stopping_) {
      const int fd = ::accept4(listener_.fd(), nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) continue;
      ++connections_;
      play_(test::Socket(fd));
    }
  }

  std::function<void(const test::Socket&)> play_;
  test::Socket listener_;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_{false};
  std::atomic<int> connections_{0};
  std::thread thread_;
};

// Hears one request (they are small and come in one piece) and answers these bytes.
std::function<void(const test::Socket&)> always(std::string answer) {
  return [answer = std::move(answer)](const test::Socket& socket) {
    if (socket.receive(5s).value_or("").empty()) return;
    socket.send(answer);
  };
}

// Answers 200 to every request, over TLS.
std::function<void(const test::Socket&)> over_tls(const test::TestCertificate& files) {
  return [context = crypto::TlsContext::server(files.certificate_file(), files.key_file())](
             const test::Socket& socket) {
    using Progress = crypto::TlsSession::Progress;
    crypto::TlsSession session(context, "");
    std::string heard;
    std::string buffer(16 * 1024, '\0');
    bool open = false;
    for (;;) {
      if (!open) open = session.handshake() == Progress::done;
      crypto::TlsSession::Read read;
      while (open && (read = session.read(buffer.data(), buffer.size())).count > 0) {
        heard.append(buffer, 0, read.count);
      }
      const auto end = heard.find("\r\n\r\n");
      if (end != std::string::npos) {
        const auto at = heard.find("Content-Length: ");
        const auto length = std::stoul(heard.substr(at + 16));
        if (heard.size() >= end + 4 + length) {
          heard.clear();
          (void)session.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
        }
      }
      socket.send(session.take_output());
      const auto bytes = socket.receive(5s).value_or("");
      if (bytes.empty()) return;
      session.receive(bytes);
    }
  };
}

std::uint16_t port_without_listener() {
  const HttpPeer gone([](const PeerRequest&) { return PeerAnswer{}; });
  return gone.port();
}

ClientOptions options(std::vector<std::string> urls) {
  ClientOptions result;
  result.name = "peer";
  result.base_urls = std::move(urls);
  result.max_tries = 1;
  return result;
}

ClientRequest get(const std::string& path = "/x") {
  ClientRequest request;
  request.path = path;
  request.idempotent = true;
  return request;
}

ClientRequest post(const std::string& body = "{}") {
  ClientRequest request;
  request.method = Method::post;
  request.path = "/x";
  request.body = body;
  return request;
}

int status_of(const Outcome& outcome) {
  const auto* answered = std::get_if<Answered>(&outcome);
  return answered == nullptr ? 0 : answered->response.status;
}

bool not_sent(const Outcome& outcome) {
  return std::holds_alternative<NotSent>(outcome);
}
bool unknown(const Outcome& outcome) {
  return std::holds_alternative<Unknown>(outcome);
}

PeerAnswer ok(const PeerRequest&) {
  return {200, "{}"};
}

}  // namespace

TEST_CASE("a call brings back status, headers and body", "[http_client][integration]") {
  const HttpPeer peer([](const PeerRequest& request) {
    return PeerAnswer{201,
                      request.method + " " + request.target + " " + request.body,
                      {{"Content-Type", "text/plain"}, {"Location", "/x/1"}}};
  });
  Client client(options({peer.url()}));
  auto request = post("{\"a\":1}");
  request.path = "/x?y=%20z";
  const auto outcome = client.call(request);
  REQUIRE(status_of(outcome) == 201);
  const auto& response = std::get<Answered>(outcome).response;
  CHECK(response.body == "POST /x?y=%20z {\"a\":1}");
  CHECK(response.content_type == "text/plain");
  CHECK(response.headers.get("location") == "/x/1");
  CHECK(peer.requests().front().header("Content-Type") == "application/json");
}

TEST_CASE("every method arrives as itself", "[http_client][integration]") {
  const HttpPeer peer([](const PeerRequest& request) { return PeerAnswer{200, request.method}; });
  Client client(options({peer.url()}));
  for (const auto method : {Method::get, Method::post, Method::put, Method::patch, Method::del}) {
    auto request = get();
    request.method = method;
    const auto outcome = client.call(request);
    REQUIRE(status_of(outcome) == 200);
    CHECK(std::get<Answered>(outcome).response.body == name(method));
  }
}

TEST_CASE("calls one after the other share a connection", "[http_client][integration]") {
  const HttpPeer peer(ok);
  Client client(options({peer.url()}));
  for (int i = 0; i < 10; ++i) CHECK(status_of(client.call(get())) == 200);
  CHECK(peer.connections() == 1);
}

TEST_CASE("answers without a body leave the connection usable", "[http_client][integration]") {
  const HttpPeer peer([](const PeerRequest& request) {
    return PeerAnswer{request.target == "/x" ? 204 : 304, "", {}};
  });
  Client client(options({peer.url()}));
  for (int i = 0; i < 3; ++i) {
    CHECK(status_of(client.call(get("/x"))) == 204);
    CHECK(status_of(client.call(get("/y"))) == 304);
  }
  CHECK(peer.connections() == 1);
}

TEST_CASE("a large body goes there and back whole", "[http_client][integration]") {
  const HttpPeer peer([](const PeerRequest& request) { return PeerAnswer{200, request.body}; });
  Client client(options({peer.url()}));
  std::string body(3'000'000, 'x');
  for (std::size_t i = 0; i < body.size(); i += 997) body[i] = static_cast<char>('a' + i % 26);
  const auto outcome = client.call(post(body));
  REQUIRE(status_of(outcome) == 200);
  CHECK(std::get<Answered>(outcome).response.body == body);
}

TEST_CASE("an answer in chunks is put together", "[http_client][integration]") {
  RawPeer peer(
      always("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
             "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"));
  Client client(options({peer.url()}));
  const auto outcome = client.call(get());
  REQUIRE(status_of(outcome) == 200);
  CHECK(std::get<Answered>(outcome).response.body == "abcde");
}

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

TEST_CASE("a name is looked up", "[http_client][integration]") {
  const HttpPeer peer(ok);
  Client client(options({"http://localhost:" + std::to_string(peer.port())}));
  CHECK(status_of(client.call(get())) == 200);
  CHECK_THAT(peer.requests().front().header("Host"), ContainsSubstring("localhost:"));
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
  Client client(options({peer.url()}));
  auto request = post();
  const auto start = std::chrono::steady_clock::now();
  request.deadline = Deadline::in(150ms);
  CHECK(unknown(client.call(request)));
  const auto took = std::chrono::steady_clock::now() - start;
  CHECK(took >= 150ms);
  CHECK(took < 1s);
  over.set_value();
}

TEST_CASE("a neighbour that drips cannot stretch the deadline", "[http_client][integration]") {
  RawPeer peer([](const test::Socket& socket) {
    if (!socket.receive(5s)) return;
    socket.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
    while (socket.send("x")) {
      pollfd nothing{socket.fd(), 0, 0};
      ::poll(&nothing, 1, 10);
    }
  });
  Client client(options({peer.url()}));
  auto request = post();
  request.deadline = Deadline::in(200ms);
  const auto start = std::chrono::steady_clock::now();
  CHECK(unknown(client.call(request)));
  CHECK(std::chrono::steady_clock::now() - start < 1s);
}

TEST_CASE("a deadline that has passed sends nothing", "[http_client][integration]") {
  const HttpPeer peer(ok);
  Client client(options({peer.url()}));
  auto request = get();
  request.deadline = Deadline::in(0ms);
  CHECK(not_sent(client.call(request)));
  CHECK(peer.requests().empty());
}

TEST_CASE("a connection closed while idle is not used again", "[http_client][integration]") {
  HttpPeer peer(ok);
  Client client(options({peer.url()}));
  CHECK(status_of(client.call(post())) == 200);
  peer.close_connections();
  CHECK(status_of(client.call(post())) == 200);
  CHECK(peer.connections() == 2);
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
    test::Socket door(listener);
    const test::Socket socket(::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC));
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

TEST_CASE("an idempotent call is tried again after a transient refusal",
          "[http_client][integration]") {
  std::atomic<int> heard{0};
  const HttpPeer peer([&](const PeerRequest&) {
    return ++heard < 3 ? PeerAnswer{503, "{}"} : PeerAnswer{200, "{}"};
  });
  auto patient = options({peer.url()});
  patient.max_tries = 3;
  Client client(patient);
  CHECK(status_of(client.call(get())) == 200);
  CHECK(heard == 3);
}

TEST_CASE("a refusal that stays is the answer in the end", "[http_client][integration]") {
  std::atomic<int> heard{0};
  const HttpPeer peer([&](const PeerRequest&) {
    ++heard;
    return PeerAnswer{503, "{}", {{"Retry-After", "0"}}};
  });
  auto patient = options({peer.url()});
  patient.max_tries = 3;
  Client client(patient);
  CHECK(status_of(client.call(get())) == 503);
  CHECK(heard == 3);
  CHECK(status_of(client.call(post())) == 503);
  CHECK(heard == 4);
}

TEST_CASE("a neighbour that asks for more time than there is gets no second call",
          "[http_client][integration]") {
  const HttpPeer peer([](const PeerRequest&) {
    return PeerAnswer{503, "{}", {{"Retry-After", "30"}}};
  });
  auto patient = options({peer.url()});
  patient.max_tries = 3;
  Client client(patient);
  CHECK(status_of(client.call(get())) == 503);
  CHECK(peer.requests().size() == 1);
}

TEST_CASE("an answer of the neighbour's own is never asked for twice",
          "[http_client][integration]") {
  const int status = GENERATE(400, 404, 409, 429, 500);
  const HttpPeer peer([&](const PeerRequest&) { return PeerAnswer{status, "{}"}; });
  auto patient = options({peer.url()});
  patient.max_tries = 3;
  Client client(patient);
  CHECK(status_of(client.call(get())) == status);
  CHECK(peer.requests().size() == 1);
}

TEST_CASE("what one try left open a later refusal does not settle", "[http_client][integration]") {
  std::atomic<int> heard{0};
  const HttpPeer peer([&](const PeerRequest&) {
    PeerAnswer answer{503, "{}"};
    if (++heard == 1) answer.fault = PeerAnswer::Fault::half;
    return answer;
  });
  auto patient = options({peer.url()});
  patient.max_tries = 2;
  Client client(patient);
  CHECK(unknown(client.call(get())));
  CHECK(heard == 2);
}

TEST_CASE("retries end when their budget does", "[http_client][integration]") {
  std::atomic<int> heard{0};
  const HttpPeer peer([&](const PeerRequest&) {
    ++heard;
    return PeerAnswer{503, "{}"};
  });
  auto patient = options({peer.url()});
  patient.max_tries = 3;
  patient.breaker_failures = 0;
  Client client(patient);
  for (int i = 0; i < 20; ++i) CHECK(status_of(client.call(get())) == 503);
  CHECK(heard <= 20 + 10 + 2);
  CHECK(heard >= 20 + 10);
}

TEST_CASE("the breaker opens, spares the neighbour, and closes when it is back",
          "[http_client][integration]") {
  std::atomic<int> status{503};
  const HttpPeer peer([&](const PeerRequest&) { return PeerAnswer{status, "{}"}; });
  auto brittle = options({peer.url()});
  brittle.breaker_failures = 3;
  brittle.breaker_open = 100ms;
  Client client(brittle);
  for (int i = 0; i < 3; ++i) CHECK(status_of(client.call(get())) == 503);
  CHECK_FALSE(client.available());
  CHECK(not_sent(client.call(get())));
  CHECK(peer.requests().size() == 3);
  status = 200;
  REQUIRE(test::await([&] { return client.available(); }));
  CHECK(status_of(client.call(get())) == 200);
  CHECK(status_of(client.call(get())) == 200);
  CHECK(client.available());
}

TEST_CASE("calls go round the addresses of a neighbour", "[http_client][integration]") {
  const HttpPeer first(ok);
  const HttpPeer second(ok);
  Client client(options({first.url(), second.url()}));
  for (int i = 0; i < 10; ++i) CHECK(status_of(client.call(get())) == 200);
  CHECK(first.requests().size() == 5);
  CHECK(second.requests().size() == 5);
}

TEST_CASE("an address that is down costs no call", "[http_client][integration]") {
  const HttpPeer alive(ok);
  Client client(
      options({"http://127.0.0.1:" + std::to_string(port_without_listener()), alive.url()}));
  for (int i = 0; i < 10; ++i) CHECK(status_of(client.call(post())) == 200);
  CHECK(alive.requests().size() == 10);
}

TEST_CASE("a retry goes to another address without waiting as the first one asked",
          "[http_client][integration]") {
  const HttpPeer busy([](const PeerRequest&) {
    return PeerAnswer{503, "{}", {{"Retry-After", "60"}}};
  });
  const HttpPeer free(ok);
  auto patient = options({busy.url(), free.url()});
  patient.max_tries = 2;
  Client client(patient);
  for (int i = 0; i < 6; ++i) CHECK(status_of(client.call(get())) == 200);
}

TEST_CASE("no more connections are open than allowed", "[http_client][integration]") {
  std::promise<void> over;
  auto ended = over.get_future().share();
  const HttpPeer peer([&](const PeerRequest&) {
    ended.wait();
    return PeerAnswer{200, "{}"};
  });
  auto narrow = options({peer.url()});
  narrow.max_connections = 2;
  Client client(narrow);
  std::vector<std::future<int>> calls;
  for (int i = 0; i < 2; ++i) {
    calls.push_back(std::async(std::launch::async, [&] { return status_of(client.call(get())); }));
  }
  REQUIRE(peer.await_requests(2));
  auto impatient = post();
  impatient.deadline = Deadline::in(50ms);
  CHECK(not_sent(client.call(impatient)));
  calls.push_back(std::async(std::launch::async, [&] { return status_of(client.call(get())); }));
  over.set_value();
  for (auto& call : calls) CHECK(call.get() == 200);
  CHECK(peer.connections() == 2);
}

TEST_CASE("many threads may call at once", "[http_client][integration]") {
  const HttpPeer peer([](const PeerRequest& request) { return PeerAnswer{200, request.target}; });
  auto wide = options({peer.url()});
  wide.max_connections = 4;
  Client client(wide);
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i) {
        const auto path = "/" + std::to_string(t) + "/" + std::to_string(i);
        const auto outcome = client.call(get(path));
        if (status_of(outcome) != 200 || std::get<Answered>(outcome).response.body != path) ++wrong;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(wrong == 0);
  CHECK(peer.connections() <= 4);
}

TEST_CASE("a neighbour that proves its name is called over TLS", "[http_client][integration]") {
  const test::TestCertificate files;
  RawPeer peer(over_tls(files));
  auto secure = options({peer.url("https")});
  secure.authorities_file = files.authority_file();
  Client client(secure);
  for (int i = 0; i < 3; ++i) {
    const auto outcome = client.call(post(std::string(50'000, 'x')));
    REQUIRE(status_of(outcome) == 200);
    CHECK(std::get<Answered>(outcome).response.body == "{}");
  }
  CHECK(peer.connections() == 1);
}

TEST_CASE("a neighbour that cannot prove its name hears nothing", "[http_client][integration]") {
  const test::TestCertificate files;
  const bool known = GENERATE(true, false);
  RawPeer peer(known ? always("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") : over_tls(files));
  auto secure = options({peer.url("https")});
  secure.authorities_file = known ? files.authority_file() : files.stranger_file();
  Client client(secure);
  const auto outcome = client.call(post());
  REQUIRE(not_sent(outcome));
  CHECK_THAT(std::get<NotSent>(outcome).reason, ContainsSubstring("TLS"));
}

TEST_CASE("calls are counted by how they ended", "[http_client][integration]") {
  const HttpPeer peer(ok);
  auto counted = options({peer.url()});
  counted.name = "counted";
  Client client(counted);
  (void)client.call(get());
  CHECK_THAT(
      metrics::registry().scrape(),
      ContainsSubstring(
          "http_client_request_duration_seconds_count{outcome=\"succeeded\",peer=\"counted\"} 1"));
}
