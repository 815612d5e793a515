#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mercato/net/transport.hpp"
#include "mercato/redis/address.hpp"
#include "mercato/redis/client.hpp"

struct redisReader;

namespace mercato::redis {

/// One connection. hiredis writes commands and reads replies, on a socket of ours, since Debian's
/// knows no TLS. After any failure it is spent: a late reply would answer the next command. One
/// thread.
class Connection {
 public:
  /// To the first of the `places` where the host of `address` was found that can be reached.
  /// Nothing if none can in time, or Redis refuses the password or the database. A null `tls` means
  /// in the clear.
  [[nodiscard]] static std::unique_ptr<Connection> open(
      const Address& address, const std::vector<net::SocketAddress>& places,
      const crypto::TlsContext* tls, std::chrono::milliseconds connect_timeout,
      std::chrono::milliseconds command_timeout);

  /// Whether an idle connection is still good: nothing is due, so what can be read is its end.
  [[nodiscard]] bool fit() const { return !spent_ && transport_->quiet(); }
  /// Sends all, then reads a reply for each; nothing if that failed, the connection is then spent.
  [[nodiscard]] std::optional<std::vector<Reply>> run(
      const std::vector<std::vector<std::string>>& commands, std::chrono::milliseconds timeout);

 private:
  struct FreeReader {
    void operator()(redisReader* reader) const;
  };

  explicit Connection(std::unique_ptr<net::Transport> transport);
  bool receive_more(Deadline deadline);

  std::unique_ptr<net::Transport> transport_;
  std::unique_ptr<redisReader, FreeReader> reader_;
  bool spent_ = false;
};

}  // namespace mercato::redis
