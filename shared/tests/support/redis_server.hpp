#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "support/child_process.hpp"
#include "support/workspace.hpp"

namespace mercato::test {

/// A Redis of the test's own on a free port, without persistence: kill() loses everything, which is
/// what Redis may do to us at any time. One thread.
class RedisServer {
 public:
  RedisServer();
  ~RedisServer();
  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;

  /// The server that the tests of one binary share; started at first use.
  [[nodiscard]] static RedisServer& shared();

  [[nodiscard]] std::string url() const;
  [[nodiscard]] std::uint16_t port() const { return port_; }

  void freeze();
  void thaw();
  void kill();
  void restart();  // returns when it answers

 private:
  void start();

  TempDirectory directory_;
  std::uint16_t port_;
  std::optional<ChildProcess> process_;
};

}  // namespace mercato::test
