#include <support/catch.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <memory>
#include <stdexcept>
#include <string>

#include <support/await.hpp>
#include <support/socket.hpp>

#include "mercato/net/transport.hpp"

using namespace mercato::net;
using mercato::Deadline;
using mercato::test::await;
using mercato::test::Socket;

namespace {

/// A transport, and who is at its other end.
struct Line {
  std::unique_ptr<Transport> transport;
  Socket peer;
};

Line connected() {
  const Socket listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener.fd(), generic, length) != 0 || ::listen(listener.fd(), 1) != 0 ||
      ::getsockname(listener.fd(), generic, &length) != 0) {
    throw std::runtime_error("no port for a peer");
  }
  const auto found = SocketAddress::literal("127.0.0.1", ntohs(address.sin_port));
  auto opened = Transport::open(*found, nullptr, "127.0.0.1", Deadline::never());
  if (!opened.transport) throw std::runtime_error(opened.reason);
  return {std::move(opened.transport),
          Socket(::accept4(listener.fd(), nullptr, nullptr, SOCK_CLOEXEC))};
}

const Deadline kLongAgo(Deadline::Steady::time_point{});

}  // namespace

TEST_CASE("what has come is received, however late somebody looks", "[net]") {
  const auto line = connected();
  std::array<char, 16> bytes{};
  const auto nothing = line.transport->receive(bytes.data(), bytes.size(), kLongAgo);
  CHECK(nothing.timed_out);
  REQUIRE(line.peer.send("in time"));
  REQUIRE(await([&] { return !line.transport->quiet(); }));
  const auto received = line.transport->receive(bytes.data(), bytes.size(), kLongAgo);
  CHECK(received.count == 7);
}

TEST_CASE("a peer that never ends is not received for ever after the deadline", "[net]") {
  const auto line = connected();
  REQUIRE(line.peer.send(std::string(1'000, 'x')));
  line.peer.shut_down();
  std::array<char, 1> byte{};
  int count = 0;
  auto received = line.transport->receive(byte.data(), byte.size(), Deadline::never());
  for (; received.count > 0; ++count) {
    received = line.transport->receive(byte.data(), byte.size(), kLongAgo);
  }
  CHECK(received.timed_out);
  CHECK(count < 1'000);
  CHECK(line.transport->receive(byte.data(), byte.size(), Deadline::never()).count == 1);
}
