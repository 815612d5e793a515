#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "support/child_process.hpp"
#include "support/http_call.hpp"
#include "support/workspace.hpp"

namespace mercato::test {

/// A real service binary, running `serve` on free ports of 127.0.0.1. The constructor returns when
/// /readyz on the health port answers 200, and throws with the end of the log if it never does.
/// The destructor kills, and shows the end of the log where a failed test ends. One thread at a
/// time, but for call().
class ServiceProcess {
 public:
  using Environment = std::map<std::string, std::string>;

  ServiceProcess(std::string binary, Environment environment);
  ~ServiceProcess();
  ServiceProcess(const ServiceProcess&) = delete;
  ServiceProcess& operator=(const ServiceProcess&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::uint16_t health_port() const { return health_port_; }
  [[nodiscard]] std::string base_url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  [[nodiscard]] HttpAnswer call(const HttpCall& http_call) const {
    return test::call(port_, http_call);
  }

  void kill();    // SIGKILL
  void freeze();  // SIGSTOP
  void thaw();    // SIGCONT
  /// SIGTERM; returns the exit code, or nothing if it still runs after `timeout`.
  std::optional<int> terminate(std::chrono::milliseconds timeout = std::chrono::seconds(20));
  /// Starts again on the same ports after kill() or terminate(), perhaps without waiting for ready.
  void start(bool await_ready = true);
  bool await_ready(std::chrono::milliseconds timeout = std::chrono::seconds(20));
  [[nodiscard]] bool running() { return process_ && process_->running(); }
  [[nodiscard]] pid_t pid() const { return process_->pid(); }

  /// Everything that it has written so far.
  [[nodiscard]] std::string log() const;

  struct Finished {
    int exit_code = 0;
    std::string output;  // standard output and standard error
  };
  /// Runs a subcommand ("migrate", …) to its end.
  [[nodiscard]] static Finished run(const std::string& binary,
                                    const std::vector<std::string>& arguments,
                                    const Environment& environment);

 private:
  TempDirectory directory_;
  std::string binary_;
  std::uint16_t port_;
  std::uint16_t health_port_;
  Environment environment_;
  std::optional<ChildProcess> process_;
};

}  // namespace mercato::test
