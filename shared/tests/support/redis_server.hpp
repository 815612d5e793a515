#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "support/child_process.hpp"
#include "support/test_certificate.hpp"
#include "support/workspace.hpp"

namespace mercato::test {

/// A Redis of the test's own on a free port, without persistence: kill() loses everything, which is
/// what Redis may do to us at any time. One thread.
class RedisServer {
 public:
  /// With a certificate it also listens for TLS, at tls_url().
  explicit RedisServer(const TestCertificate* certificate = nullptr);
  ~RedisServer();
  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;

  /// The server that the tests of one binary share; started at first use.
  [[nodiscard]] static RedisServer& shared();

  [[nodiscard]] std::string url() const;
  [[nodiscard]] std::string tls_url() const;
  [[nodiscard]] std::uint16_t port() const { return port_; }

  void freeze();
  void thaw();
  void kill();
  void restart();  // returns when it answers

 private:
  void start();

  TempDirectory directory_;
  const TestCertificate* certificate_;
  std::uint16_t port_;
  std::uint16_t tls_port_ = 0;
  std::optional<ChildProcess> process_;
};

}  // namespace mercato::test
