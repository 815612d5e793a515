#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mercato::test {

/// A blocking TCP socket of 127.0.0.1, for saying exactly what a test wants to say. Owns the file
/// descriptor; one thread, but shut_down() and abort() from any.
class Socket {
 public:
  /// Nothing if nobody listens or the connection takes too long.
  [[nodiscard]] static std::optional<Socket> connect(std::uint16_t port,
                                                     std::chrono::milliseconds timeout);
  explicit Socket(int fd) : fd_(fd) {}
  ~Socket();
  Socket(Socket&& other) noexcept;
  Socket& operator=(Socket&& other) noexcept;

  /// False if the other side is gone.
  bool send(std::string_view bytes) const;
  /// What arrives next, at least one byte; "" at the end of the stream, nothing at the timeout.
  [[nodiscard]] std::optional<std::string> receive(std::chrono::milliseconds timeout) const;
  void shut_down() const;
  /// The other side sees a reset instead of an end; needs no bytes to be unread.
  void abort() const;
  [[nodiscard]] int fd() const { return fd_; }

 private:
  int fd_ = -1;
};

}  // namespace mercato::test
