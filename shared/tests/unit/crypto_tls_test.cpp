#include <mercato/crypto/tls.hpp>

#include <array>
#include <stdexcept>
#include <string>

#include <support/catch.hpp>
#include <support/test_certificate.hpp>

using namespace mercato::crypto;
using Progress = TlsSession::Progress;

namespace {

// Carries bytes both ways until neither side has any more to say.
void carry(TlsSession& a, TlsSession& b) {
  for (;;) {
    const auto to_b = a.take_output();
    b.receive(to_b);
    const auto to_a = b.take_output();
    a.receive(to_a);
    if (to_a.empty() && to_b.empty()) return;
  }
}

struct Handshake {
  Progress client = Progress::needs_input;
  Progress server = Progress::needs_input;
};

Handshake shake_hands(TlsSession& client, TlsSession& server) {
  Handshake result;
  for (int i = 0; i < 10; ++i) {
    if (result.client == Progress::needs_input) result.client = client.handshake();
    carry(client, server);
    if (result.server == Progress::needs_input) result.server = server.handshake();
    carry(client, server);
  }
  return result;
}

std::string read(TlsSession& session) {
  std::string text;
  std::array<char, 1000> buffer{};
  for (;;) {
    const auto result = session.read(buffer.data(), buffer.size());
    if (result.progress != Progress::done) return text;
    text.append(buffer.data(), result.count);
  }
}

struct Parties {
  mercato::test::TestCertificate files;
  TlsContext server = TlsContext::server(files.certificate_file(), files.key_file());
  TlsContext client = TlsContext::client(files.authority_file());
};

const Parties& parties() {
  static const Parties parties;
  return parties;
}

}  // namespace

TEST_CASE("two sides that trust each other can talk", "[crypto][unit]") {
  const std::string name =
      GENERATE(as<std::string>(), "localhost", "127.0.0.1", "api.shop.example");
  TlsSession client(parties().client, name);
  TlsSession server(parties().server, "");
  const auto result = shake_hands(client, server);
  REQUIRE(result.client == Progress::done);
  REQUIRE(result.server == Progress::done);
  const std::string question(100'000, 'q');
  CHECK(client.write(question) == Progress::done);
  carry(client, server);
  CHECK(read(server) == question);
  CHECK(server.write("answer") == Progress::done);
  carry(client, server);
  CHECK(read(client) == "answer");
  CHECK(read(client).empty());
}

TEST_CASE("nothing that is said can be read on the way", "[crypto][unit]") {
  TlsSession client(parties().client, "localhost");
  TlsSession server(parties().server, "");
  REQUIRE(shake_hands(client, server).client == Progress::done);
  CHECK(client.write("a secret") == Progress::done);
  CHECK(client.take_output().find("secret") == std::string::npos);
}

TEST_CASE("a certificate for another name is not trusted", "[crypto][unit]") {
  const std::string name = GENERATE(as<std::string>(), "evil.example", "127.0.0.2", "shop.example",
                                    "a.b.shop.example", "localhost.evil.example");
  INFO(name);
  TlsSession client(parties().client, name);
  TlsSession server(parties().server, "");
  CHECK(shake_hands(client, server).client == Progress::failed);
}

TEST_CASE("a certificate of an unknown authority is not trusted", "[crypto][unit]") {
  const std::string file = GENERATE(as<std::string>(), parties().files.stranger_file(), "");
  const auto context = TlsContext::client(file);
  TlsSession client(context, "localhost");
  TlsSession server(parties().server, "");
  CHECK(shake_hands(client, server).client == Progress::failed);
}

TEST_CASE("bytes that were tampered with end the session", "[crypto][unit]") {
  TlsSession client(parties().client, "localhost");
  TlsSession server(parties().server, "");
  REQUIRE(shake_hands(client, server).client == Progress::done);
  CHECK(client.write("a debt of 100") == Progress::done);
  auto bytes = client.take_output();
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  server.receive(bytes);
  std::array<char, 100> buffer{};
  CHECK(server.read(buffer.data(), buffer.size()).progress == Progress::failed);
}

TEST_CASE("what is no TLS fails at once", "[crypto][unit]") {
  TlsSession client(parties().client, "localhost");
  CHECK(client.handshake() == Progress::needs_input);
  CHECK_FALSE(client.take_output().empty());
  client.receive("HTTP/1.1 400 Bad Request\r\n\r\n");
  CHECK(client.handshake() == Progress::failed);
}

TEST_CASE("files that hold no certificate are refused", "[crypto][unit]") {
  const auto& files = parties().files;
  CHECK_THROWS_AS(TlsContext::client("/does/not/exist"), std::invalid_argument);
  CHECK_THROWS_AS(TlsContext::client(files.key_file()), std::invalid_argument);
  CHECK_THROWS_AS(TlsContext::server(files.authority_file(), files.key_file()),
                  std::invalid_argument);
}
