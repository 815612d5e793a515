#include <mercato/crypto/tls.hpp>

#include <functional>
#include <string>

#include <support/catch.hpp>
#include <support/socket.hpp>
#include <support/test_certificate.hpp>

#include "http_client_fixture.hpp"

using namespace mercato;
using namespace mercato::http;
using namespace mercato::test;
using namespace std::chrono_literals;

namespace {

// Answers 200 to every request, over TLS.
std::function<void(const Socket&)> speaking_tls(const TestCertificate& files) {
  return [context = crypto::TlsContext::server(files.certificate_file(), files.key_file())](
             const Socket& socket) {
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

}  // namespace

TEST_CASE("a neighbour that proves its name is called over TLS", "[http_client][integration]") {
  const TestCertificate files;
  RawPeer peer(speaking_tls(files));
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
  const TestCertificate files;
  const bool known = GENERATE(true, false);
  RawPeer peer(known ? always("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
                     : speaking_tls(files));
  auto secure = options({peer.url("https")});
  secure.authorities_file = known ? files.authority_file() : files.stranger_file();
  Client client(secure);
  const auto outcome = client.call(post());
  REQUIRE(not_sent(outcome));
  CHECK_THAT(std::get<NotSent>(outcome).reason, ContainsSubstring("TLS"));
}
