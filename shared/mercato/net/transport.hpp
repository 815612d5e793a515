#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "mercato/clock/clock.hpp"
#include "mercato/crypto/tls.hpp"
#include "mercato/net/socket_address.hpp"

namespace mercato::net {

/// A connected TCP socket, plain or with TLS, of which every wait ends at a deadline; what is there
/// by then is still taken. Owns the socket. One thread at a time.
class Transport {
 public:
  struct Opened {
    std::unique_ptr<Transport> transport;  // null if it cannot be had
    std::string reason;                    // why not
  };
  /// With a `tls` context, the other side must show a certificate for `host`.
  [[nodiscard]] static Opened open(const SocketAddress& address, const crypto::TlsContext* tls,
                                   const std::string& host, Deadline deadline);
  ~Transport();
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  struct Sent {
    bool anything = false;  // the kernel took at least a byte
    bool whole = false;
    bool timed_out = false;
  };
  [[nodiscard]] Sent send(std::string_view bytes, Deadline deadline);

  struct Received {
    std::ptrdiff_t count = -1;  // 0 at the end, -1 for a failure
    bool timed_out = false;
  };
  [[nodiscard]] Received receive(char* bytes, std::size_t size, Deadline deadline);

  /// Whether nothing has come, not even an end, while nothing was asked.
  [[nodiscard]] bool quiet() const;

 private:
  explicit Transport(int fd) : fd_(fd) {}
  bool connect(const SocketAddress& address, Deadline deadline);
  bool shake_hands(Deadline deadline);
  Sent send_raw(std::string_view bytes, Deadline deadline);
  Received receive_raw(char* bytes, std::size_t size, Deadline deadline);
  Received receive_sealed(char* bytes, std::size_t size, Deadline deadline);
  [[nodiscard]] bool await(short events, Deadline deadline);

  int fd_;
  int late_looks_ = 0;  // at the socket, in a row, after a deadline
  std::unique_ptr<crypto::TlsSession> tls_;
};

}  // namespace mercato::net
