#include <mercato/crypto/tls.hpp>
#include <mercato/http/client.hpp>

#include <atomic>
#include <stdexcept>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include <support/catch.hpp>
#include <support/test_certificate.hpp>

#include "http_server_fixture.hpp"

using namespace mercato;
using namespace mercato::test;
using namespace std::chrono_literals;

namespace {

http::Router echoing() {
  http::Router router;
  router.add(http::Method::post, "/echo", open_route(),
             [](const http::Request& request) { return text_answer(request.body); });
  auto streamed = open_route();
  streamed.stream_body = true;
  streamed.max_body_bytes = 4'000'000;
  router.add(http::Method::post, "/count", streamed, [](const http::Request& request) {
    std::size_t bytes = 0;
    const bool whole = request.read_body([&](std::string_view piece) {
      bytes += piece.size();
      return true;
    });
    return text_answer(whole ? std::to_string(bytes) : "cut off");
  });
  router.add(http::Method::get, "/events", open_route(), [](const http::Request&) -> http::Answer {
    http::Stream stream;
    stream.content_type = "text/event-stream";
    stream.writer.write("data: 1\n\n");
    stream.writer.write("data: 2\n\n");
    stream.writer.close();
    return stream;
  });
  return router;
}

http::ServerOptions over_tls(const TestCertificate& files) {
  http::ServerOptions options;
  options.certificate_file = files.certificate_file();
  options.key_file = files.key_file();
  return options;
}

/// A client's side of TLS on a plain socket, to send what no decent client would.
class TlsPeer {
 public:
  TlsPeer(const RunningServer& server, const TestCertificate& files)
      : socket_(server.connect()),
        session_(crypto::TlsContext::client(files.authority_file()), "localhost") {
    while (session_.handshake() == Progress::needs_input) exchange();
    flush();
  }

  void send(std::string_view plain) {
    if (session_.write(plain) != Progress::done) throw std::runtime_error("cannot write");
    flush();
  }

  /// What comes until `end` was seen, or the server closes.
  std::string receive_until(std::string_view end) {
    std::string heard;
    std::string buffer(16 * 1024, '\0');
    while (heard.find(end) == std::string::npos) {
      const auto read = session_.read(buffer.data(), buffer.size());
      heard.append(buffer, 0, read.count);
      if (read.count == 0 && !exchange()) break;
    }
    return heard;
  }

  [[nodiscard]] const Socket& socket() const { return socket_; }

 private:
  using Progress = crypto::TlsSession::Progress;

  void flush() {
    const auto bytes = session_.take_output();
    if (!bytes.empty()) socket_.send(bytes);
  }
  bool exchange() {
    flush();
    const auto bytes = socket_.receive(kPatience).value_or("");
    session_.receive(bytes);
    return !bytes.empty();
  }

  Socket socket_;
  crypto::TlsSession session_;
};

std::string post_bytes(const std::string& path, const std::string& body) {
  return "POST " + path + " HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n" +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::size_t times(const std::string& text, std::string_view word) {
  std::size_t count = 0;
  for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++count;
  return count;
}

}  // namespace

TEST_CASE("a server with a certificate answers over TLS, many requests on a connection",
          "[http][integration]") {
  const TestCertificate files;
  const RunningServer server(echoing(), over_tls(files));
  TlsPeer peer(server, files);
  for (const std::size_t size : {0UL, 1UL, 20'000UL, 900'000UL}) {
    peer.send(post_bytes("/echo", std::string(size, 'x') + "end"));
    const auto answer = peer.receive_until("xend");
    if (size > 0) CHECK(answer.size() > size);
    CHECK(answer.find("HTTP/1.1 200") == 0);
  }
}

TEST_CASE("requests that arrive in one record, or byte by byte, are all answered",
          "[http][integration]") {
  const TestCertificate files;
  const RunningServer server(echoing(), over_tls(files));
  TlsPeer at_once(server, files);
  at_once.send(post_bytes("/echo", "one") + post_bytes("/echo", "two") +
               post_bytes("/echo", "three"));
  CHECK(times(at_once.receive_until("three"), "HTTP/1.1 200") == 3);

  TlsPeer dripping(server, files);
  for (const char byte : post_bytes("/echo", "slow")) dripping.send(std::string(1, byte));
  CHECK(times(dripping.receive_until("slow"), "HTTP/1.1 200") == 1);
}

TEST_CASE("bodies are streamed in and events are streamed out over TLS", "[http][integration]") {
  const TestCertificate files;
  const RunningServer server(echoing(), over_tls(files));
  TlsPeer sender(server, files);
  std::thread sending([&] { sender.send(post_bytes("/count", std::string(2'000'000, 'x'))); });
  sending.join();
  CHECK(sender.receive_until("2000000").find("HTTP/1.1 200") == 0);

  TlsPeer reader(server, files);
  reader.send("GET /events HTTP/1.1\r\nHost: a\r\n\r\n");
  const auto events = reader.receive_until("\r\n0\r\n\r\n");
  CHECK(events.find("data: 1\n\n") != std::string::npos);
  CHECK(events.find("data: 2\n\n") != std::string::npos);
}

TEST_CASE("our own client and server meet over TLS", "[http][integration]") {
  const TestCertificate files;
  const RunningServer server(echoing(), over_tls(files));
  http::ClientOptions options;
  options.name = "echo";
  options.base_urls = {"https://localhost:" + std::to_string(server.port())};
  options.authorities_file = files.authority_file();
  http::Client client(options);
  std::vector<std::thread> callers;
  std::atomic<int> whole{0};
  for (int i = 0; i < 4; ++i) {
    callers.emplace_back([&] {
      for (int j = 0; j < 25; ++j) {
        http::ClientRequest request;
        request.method = http::Method::post;
        request.path = "/echo";
        request.body = std::string(10'000, 'x');
        const auto outcome = client.call(request);
        const auto* answered = std::get_if<http::Answered>(&outcome);
        if (answered != nullptr && answered->response.body.size() == 10'000) ++whole;
      }
    });
  }
  for (auto& caller : callers) caller.join();
  CHECK(whole == 100);
}

TEST_CASE("who does not speak TLS is let go, and harms nobody", "[http][integration]") {
  const TestCertificate files;
  const RunningServer server(echoing(), over_tls(files));
  const auto plain = server.connect();
  plain.send("GET /events HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(closes(plain));
  const auto nonsense = server.connect();
  nonsense.send(std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc", 9) + std::string(600, '\xff'));
  CHECK(closes(nonsense));
  TlsPeer peer(server, files);
  peer.send("nonsense\r\n\r\n");
  CHECK(peer.receive_until("\r\n\r\n").find("HTTP/1.1 400") == 0);
}

TEST_CASE("a key that does not fit the certificate is told at once", "[http][integration]") {
  const TestCertificate files;
  http::ServerOptions options;
  options.certificate_file = files.stranger_file();
  options.key_file = files.key_file();
  CHECK_THROWS_AS(http::Server(echoing(), options), std::invalid_argument);
}
