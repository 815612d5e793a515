#include "support/socket.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

namespace mercato::test {
namespace {

bool ready(int fd, short events, std::chrono::milliseconds timeout) {
  pollfd waiting{fd, events, 0};
  return ::poll(&waiting, 1, static_cast<int>(timeout.count())) > 0;
}

}  // namespace

std::optional<Socket> Socket::connect(std::uint16_t port, std::chrono::milliseconds timeout) {
  Socket socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (socket.fd_ < 0) return std::nullopt;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket.fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    int error = 0;
    socklen_t size = sizeof error;
    if (errno != EINPROGRESS || !ready(socket.fd_, POLLOUT, timeout) ||
        ::getsockopt(socket.fd_, SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0) {
      return std::nullopt;
    }
  }
  const int on = 1;
  ::setsockopt(socket.fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return socket;
}

Socket::~Socket() {
  if (fd_ >= 0) ::close(fd_);
}

Socket::Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

Socket& Socket::operator=(Socket&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

bool Socket::send(std::string_view bytes) const {
  while (!bytes.empty()) {
    const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      if (!ready(fd_, POLLOUT, std::chrono::seconds(10))) return false;
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

std::optional<std::string> Socket::receive(std::chrono::milliseconds timeout) const {
  if (!ready(fd_, POLLIN, timeout)) return std::nullopt;
  std::array<char, 16384> buffer{};
  const auto received = ::recv(fd_, buffer.data(), buffer.size(), 0);
  return received > 0 ? std::string(buffer.data(), static_cast<std::size_t>(received)) : "";
}

void Socket::shut_down() const {
  ::shutdown(fd_, SHUT_RDWR);
}

void Socket::abort() const {
  // Disconnecting a TCP socket sends RST at once and keeps the descriptor (connect(2), AF_UNSPEC).
  sockaddr nowhere{};
  nowhere.sa_family = AF_UNSPEC;
  ::connect(fd_, &nowhere, sizeof nowhere);
}

}  // namespace mercato::test
