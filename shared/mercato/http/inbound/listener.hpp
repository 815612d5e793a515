#pragma once

#include <netinet/in.h>

#include <cstdint>
#include <optional>
#include <string>

namespace mercato::http::inbound {

/// The listening socket: non-blocking, a deep backlog, TCP_NODELAY (which accepted sockets
/// inherit).
class Listener {
 public:
  /// `port` 0 takes any free one. Throws std::runtime_error if the address cannot be had.
  Listener(const std::string& address, std::uint16_t port);
  /// Takes over a socket that listens already; another process may accept from it as well.
  explicit Listener(int listening_socket);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  [[nodiscard]] int fd() const { return fd_; }
  [[nodiscard]] std::uint16_t port() const { return port_; }

  struct Accepted {
    int fd = -1;
    sockaddr_in6 peer{};
  };
  enum class Verdict { accepted, none_waiting, no_descriptors };
  /// The next connection of the backlog; does not block.
  [[nodiscard]] Verdict accept(Accepted& accepted) const;

 private:
  int fd_ = -1;
  std::uint16_t port_ = 0;
};

/// Raises the soft limit of open files so that `connections` fit, as far as the hard limit allows.
/// Returns how many of them do.
[[nodiscard]] std::size_t make_room_for(std::size_t connections);
/// So many connections leave enough of the descriptors for everything else.
[[nodiscard]] std::size_t connections_within(std::size_t descriptors);

/// "192.0.2.1" or "2001:db8::1".
[[nodiscard]] std::string to_text(const sockaddr_in6& peer);
/// Loopback, or an address of a private network (RFC 1918, RFC 4193, and RFC 6598, where some
/// clusters have their pods) or link: a gateway of ours.
[[nodiscard]] bool is_internal(const sockaddr_in6& peer);
/// Whether the text is an IPv4 or IPv6 address.
[[nodiscard]] bool is_address(const std::string& text);

}  // namespace mercato::http::inbound
