#include "mercato/net/transport.hpp"

#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "mercato/threads/waiting.hpp"

namespace mercato::net {
namespace {

using Progress = crypto::TlsSession::Progress;

constexpr std::size_t kSealedBytes = std::size_t{16} * 1024;
// As many as a megabyte takes that is read by eight kilobytes.
constexpr int kMostLateLooks = 128;

}  // namespace

Transport::Opened Transport::open(const SocketAddress& address, const crypto::TlsContext* tls,
                                  const std::string& host, Deadline deadline) {
  const int fd = ::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return {nullptr, std::generic_category().message(errno)};
  std::unique_ptr<Transport> transport(new Transport(fd));
  if (!transport->connect(address, deadline)) {
    return {nullptr, "cannot connect: " + std::generic_category().message(errno)};
  }
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (tls != nullptr) {
    transport->tls_ = std::make_unique<crypto::TlsSession>(*tls, host);
    if (!transport->shake_hands(deadline)) return {nullptr, "no TLS with a trusted " + host};
  }
  return {std::move(transport), {}};
}

Transport::~Transport() {
  ::close(fd_);
}

// On failure errno says why.
bool Transport::connect(const SocketAddress& address, Deadline deadline) {
  if (::connect(fd_, address.get(), address.length) == 0) return true;
  if (errno != EINPROGRESS) return false;
  if (!await(POLLOUT, deadline)) {
    errno = ETIMEDOUT;
    return false;
  }
  int error = 0;
  socklen_t length = sizeof error;
  if (::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &length) != 0) return false;
  errno = error;
  return error == 0;
}

bool Transport::shake_hands(Deadline deadline) {
  std::array<char, kSealedBytes> sealed;
  for (;;) {
    const auto progress = tls_->handshake();
    if (!send_raw(tls_->take_output(), deadline).whole) return false;
    if (progress == Progress::done) return true;
    if (progress != Progress::needs_input) return false;
    const auto received = receive_raw(sealed.data(), sealed.size(), deadline);
    if (received.count <= 0) return false;
    tls_->receive({sealed.data(), static_cast<std::size_t>(received.count)});
  }
}

Transport::Sent Transport::send(std::string_view bytes, Deadline deadline) {
  if (!tls_) return send_raw(bytes, deadline);
  if (tls_->write(bytes) != Progress::done) return {};
  return send_raw(tls_->take_output(), deadline);
}

Transport::Received Transport::receive(char* bytes, std::size_t size, Deadline deadline) {
  return tls_ ? receive_sealed(bytes, size, deadline) : receive_raw(bytes, size, deadline);
}

bool Transport::quiet() const {
  char byte = 0;
  return ::recv(fd_, &byte, 1, MSG_PEEK) < 0 && errno == EAGAIN;
}

Transport::Sent Transport::send_raw(std::string_view bytes, Deadline deadline) {
  Sent sent;
  while (!bytes.empty()) {
    const auto count = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(count));
      sent.anything = true;
    } else if (errno == EAGAIN) {
      sent.timed_out = !await(POLLOUT, deadline);
      if (sent.timed_out) return sent;
    } else if (errno != EINTR) {
      return sent;
    }
  }
  sent.whole = true;
  return sent;
}

Transport::Received Transport::receive_raw(char* bytes, std::size_t size, Deadline deadline) {
  for (;;) {
    if (!await(POLLIN, deadline)) return {-1, true};
    const auto count = ::recv(fd_, bytes, size, 0);
    if (count >= 0) return {count, false};
    if (errno != EAGAIN && errno != EINTR) return {};
  }
}

Transport::Received Transport::receive_sealed(char* bytes, std::size_t size, Deadline deadline) {
  std::array<char, kSealedBytes> sealed;
  for (;;) {
    const auto read = tls_->read(bytes, size);
    // TLS itself may have something to say, such as an alert.
    const auto answered = send_raw(tls_->take_output(), deadline);
    if (read.progress == Progress::done) return {static_cast<std::ptrdiff_t>(read.count), false};
    if (read.progress == Progress::ended) return {0, false};
    if (read.progress == Progress::failed || !answered.whole) return {-1, answered.timed_out};
    const auto received = receive_raw(sealed.data(), sealed.size(), deadline);
    if (received.count <= 0) return received;
    tls_->receive({sealed.data(), static_cast<std::size_t>(received.count)});
  }
}

// False at the deadline; true if the socket is ready, or broken, which using it will tell. It is
// asked in any case: on a busy machine this thread may run again only after the deadline, when what
// it waits for is long there. But not again and again, lest who never ends keeps it for ever.
bool Transport::await(short events, Deadline deadline) {
  const threads::Waiting waiting;
  for (;;) {
    const bool late = deadline.expired();
    late_looks_ = late ? late_looks_ + 1 : 0;
    if (late_looks_ > kMostLateLooks) return false;
    pollfd descriptor{fd_, events, 0};
    const auto wait_ms = late ? 0 : static_cast<int>(deadline.remaining().count());
    if (::poll(&descriptor, 1, wait_ms) > 0) return true;
    if (late) return false;
  }
}

}  // namespace mercato::net
