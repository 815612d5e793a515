#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "support/child_process.hpp"
#include "support/workspace.hpp"

namespace mercato::test {

/// A PostgreSQL cluster of the test's own: made in a temporary directory, on a free port, gone with
/// this object. It does not flush to disk, so it survives kill() but not a power cut. One thread.
class PostgresServer {
 public:
  PostgresServer();
  ~PostgresServer();
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  /// The server that the tests of one binary share; started at first use. Tests that kill or freeze
  /// make one of their own.
  [[nodiscard]] static PostgresServer& shared();

  /// Makes an empty database and returns its URL.
  [[nodiscard]] std::string create_database();
  /// Runs SQL outside of any pool, for preparing and looking: the first field of the first row, or
  /// "" if there is none. Throws std::runtime_error with the server's message.
  static std::string sql(const std::string& url, const std::string& statement);

  /// The end of what it has written.
  [[nodiscard]] std::string log() const;

  void freeze();  // stops all its processes, so that it neither answers nor refuses
  void thaw();
  void kill();     // SIGKILL to all its processes
  void restart();  // after kill(), or instead of it; returns when it takes connections
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  void start();
  [[nodiscard]] std::string url(const std::string& database) const;

  TempDirectory directory_;
  std::string binaries_;
  std::uint16_t port_;
  std::optional<ChildProcess> process_;
  int databases_ = 0;
};

}  // namespace mercato::test
