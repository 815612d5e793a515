#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mercato::net {

/// A socket address, ready to connect to.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;

  /// The address that the host itself spells; nothing if it is a name.
  [[nodiscard]] static std::optional<SocketAddress> literal(const std::string& host,
                                                            std::uint16_t port);
  /// All addresses of a host's name, as the system's resolver knows them, which may take it
  /// seconds; empty if it knows none.
  [[nodiscard]] static std::vector<SocketAddress> look_up(const std::string& host,
                                                          std::uint16_t port);
  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  friend bool operator==(const SocketAddress& a, const SocketAddress& b);
};

}  // namespace mercato::net
