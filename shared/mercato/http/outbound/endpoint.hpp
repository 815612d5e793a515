#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mercato::http::outbound {

/// What a base URL says: "http://host:port" or "https://host:port".
struct Endpoint {
  std::string host;  // without the brackets of an IPv6 literal
  std::uint16_t port = 0;
  bool tls = false;
  std::string authority;  // the Host header's value

  /// Throws std::invalid_argument if it is no such URL, or has more to it than host and port.
  [[nodiscard]] static Endpoint parse(std::string_view base_url);
  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

/// A socket address, ready to connect to.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;

  /// The address that the host itself spells; nothing if it is a name.
  [[nodiscard]] static std::optional<SocketAddress> literal(const Endpoint& endpoint);
  /// All addresses of a host's name, as the system's resolver knows them, which may take it
  /// seconds; empty if it knows none.
  [[nodiscard]] static std::vector<SocketAddress> look_up(const Endpoint& endpoint);
  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  friend bool operator==(const SocketAddress& a, const SocketAddress& b);
};

}  // namespace mercato::http::outbound
