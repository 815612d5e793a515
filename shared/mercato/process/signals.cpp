#include <cerrno>
#include <csignal>
#include <ctime>
#include <functional>
#include <utility>

#include "mercato/log/log.hpp"
#include "mercato/process/service.hpp"

namespace mercato::process {
namespace {

/// By then the connections to the databases are open.
constexpr timespec kUntilRest{1, 0};

/// SIGTERM and SIGINT end the process; SIGUSR1 lets it log everything, SIGUSR2 what it logged
/// before.
sigset_t awaited_signals() {
  sigset_t signals;
  ::sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGUSR1, SIGUSR2}) ::sigaddset(&signals, signal);
  return signals;
}

log::Level level_now() {
  using enum log::Level;
  for (const auto level : {debug, info, warn}) {
    if (log::enabled(level)) return level;
  }
  return error;
}

}  // namespace

void block_signals() {
  const sigset_t signals = awaited_signals();
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  // Writing to a socket that the other side closed is an error code, not the end of the process.
  std::signal(SIGPIPE, SIG_IGN);
}

void wait_for_shutdown(const std::function<void()>& once_at_rest) {
  const sigset_t signals = awaited_signals();
  const auto usual = level_now();
  bool at_rest = false;
  for (;;) {
    const int received =
        at_rest ? ::sigwaitinfo(&signals, nullptr) : ::sigtimedwait(&signals, nullptr, &kUntilRest);
    if (received < 0) {
      if (errno == EAGAIN && !std::exchange(at_rest, true)) once_at_rest();
      continue;
    }
    if (received != SIGUSR1 && received != SIGUSR2) return;
    log::set_level(received == SIGUSR1 ? log::Level::debug : usual);
    log::warn("the log level was changed", {{"everything", received == SIGUSR1}});
  }
}

}  // namespace mercato::process
