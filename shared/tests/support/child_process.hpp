#pragma once

#include <sys/types.h>

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace mercato::test {

struct Command {
  std::vector<std::string> arguments;              // [0] is the program's path
  std::map<std::string, std::string> environment;  // besides PATH, HOME, TZ and sanitizer options
  std::string log_path;                            // takes standard output and standard error
  std::string run_as;  // a system user, if this process may choose one; else stay who we are
  int death_signal = 9;
};

/// A child in a process group of its own. The kernel sends it `death_signal` when the thread that
/// started it ends, so that a crashed test leaves nothing behind: start children on a thread that
/// outlives them. The destructor kills. One thread at a time.
class ChildProcess {
 public:
  explicit ChildProcess(const Command& command);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] bool running();
  /// To the child alone; nothing happens if it has ended.
  void signal(int number);
  /// To the child and its children, some of which may lead process groups of their own.
  void signal_family(int number);
  /// Sends SIGKILL to the whole family and waits until all are gone.
  void kill_family();
  /// Waits for the end: the exit code, or 128 + the signal's number. Nothing if it took too long.
  std::optional<int> wait(std::chrono::milliseconds timeout);

 private:
  pid_t pid_ = -1;
  std::optional<int> status_;
};

/// Runs to the end and returns the exit code. Throws std::runtime_error after a minute.
int run_to_end(const Command& command);

/// The end of a log file, for failure messages.
[[nodiscard]] std::string tail_of(const std::string& path, std::size_t bytes = 4000);

}  // namespace mercato::test
