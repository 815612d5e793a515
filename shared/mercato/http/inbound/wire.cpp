#include "mercato/http/inbound/wire.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <string>

#include "mercato/threads/waiting.hpp"

namespace mercato::http::inbound::wire {
namespace {

using Progress = crypto::TlsSession::Progress;

constexpr std::size_t kCiphertextBytes = 16 * 1024;

/// What TLS has to say by itself: a step of the handshake, mostly. False if it could not be sent.
bool send_handshake(Connection& connection) {
  const std::string bytes = connection.tls->take_output();
  if (bytes.empty()) return true;
  const auto sent =
      ::send(connection.fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  return sent == static_cast<ssize_t>(bytes.size());
}

Received receive_decrypted(Connection& connection, char* buffer, std::size_t size,
                           std::size_t& received) {
  while (true) {
    const auto read = connection.tls->read(buffer, size);
    if (!send_handshake(connection)) return Received::ended;
    if (read.count > 0) {
      received = read.count;
      return Received::data;
    }
    if (read.progress != Progress::needs_input) return Received::ended;
    std::array<char, kCiphertextBytes> bytes;  // NOLINT(cppcoreguidelines-pro-type-member-init)
    std::size_t count = 0;
    const auto result = receive_raw(connection, bytes.data(), bytes.size(), count);
    if (result != Received::data) return result;
    connection.tls->receive({bytes.data(), count});
  }
}

/// Encrypts the part of the output that is still plain. Memory takes all of it at once.
bool encrypt_output(Connection& connection) {
  Work& work = *connection.work;
  if (work.encrypted == work.output.size()) return true;
  const auto plain = std::string_view(work.output).substr(work.encrypted);
  if (connection.tls->write(plain) != Progress::done) return false;
  work.output.replace(work.encrypted, plain.size(), connection.tls->take_output());
  work.encrypted = work.output.size();
  return true;
}

}  // namespace

Received receive(Connection& connection, char* buffer, std::size_t size, std::size_t& received) {
  return connection.tls ? receive_decrypted(connection, buffer, size, received)
                        : receive_raw(connection, buffer, size, received);
}

Received receive_raw(Connection& connection, char* buffer, std::size_t size,
                     std::size_t& received) {
  while (connection.readable) {
    const auto count = ::recv(connection.fd, buffer, size, MSG_DONTWAIT);
    if (count > 0) {
      received = static_cast<std::size_t>(count);
      // Less than asked for means that there is no more: the next edge will tell (epoll(7)), except
      // for an end that was announced already.
      connection.readable = received == size || connection.peer_ended;
      return Received::data;
    }
    if (count == 0) return Received::ended;
    if (errno == EAGAIN) break;
    if (errno != EINTR) return Received::ended;
  }
  connection.readable = false;
  return Received::nothing;
}

bool wait_for_more(Connection& connection, std::chrono::milliseconds patience) {
  const threads::Waiting waiting;
  pollfd socket{connection.fd, POLLIN, 0};
  const bool came = ::poll(&socket, 1, static_cast<int>(patience.count())) != 0;
  connection.readable = came;
  return came;
}

Sent send_output(Connection& connection) {
  Work& work = *connection.work;
  if (connection.tls && !encrypt_output(connection)) return Sent::failed;
  while (work.sent < work.output.size()) {
    const auto sent = ::send(connection.fd, work.output.data() + work.sent,
                             work.output.size() - work.sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) {
      work.sent += static_cast<std::size_t>(sent);
    } else if (errno == EAGAIN) {
      return Sent::some;
    } else if (errno != EINTR) {
      return Sent::failed;
    }
  }
  work.output.clear();
  work.sent = work.encrypted = 0;
  return Sent::all;
}

void send_at_once(Connection& connection, std::string_view bytes) {
  std::string ciphertext;
  if (connection.tls) {
    if (connection.tls->write(bytes) != Progress::done) return;
    ciphertext = connection.tls->take_output();
    bytes = ciphertext;
  }
  [[maybe_unused]] const auto sent =
      ::send(connection.fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

}  // namespace mercato::http::inbound::wire
