#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mercato/redis/address.hpp"
#include "mercato/redis/client.hpp"

struct redisContext;

namespace mercato::redis {

/// One connection. After any failure it is spent: a late reply would answer the next command. One
/// thread.
class Connection {
 public:
  /// Nothing if it cannot be had in time, or Redis refuses the password or the database.
  [[nodiscard]] static std::unique_ptr<Connection> open(const Address& address,
                                                        std::chrono::milliseconds connect_timeout,
                                                        std::chrono::milliseconds command_timeout);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Whether an idle connection is still good: nothing is due, so what can be read is its end.
  [[nodiscard]] bool fit() const;
  /// Sends all, then reads a reply for each; nothing if that failed, the connection is then spent.
  [[nodiscard]] std::optional<std::vector<Reply>> run(
      const std::vector<std::vector<std::string>>& commands, std::chrono::milliseconds timeout);

 private:
  explicit Connection(redisContext* context) : context_(context) {}
  void set_timeout(std::chrono::milliseconds timeout);

  redisContext* context_;
  std::chrono::milliseconds timeout_{0};
  bool spent_ = false;
};

}  // namespace mercato::redis
