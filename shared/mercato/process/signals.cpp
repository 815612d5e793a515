#include <csignal>

#include "mercato/process/service.hpp"

namespace mercato::process {
namespace {

sigset_t shutdown_signals() {
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGTERM);
  ::sigaddset(&signals, SIGINT);
  return signals;
}

}  // namespace

void block_signals() {
  const sigset_t signals = shutdown_signals();
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  // Writing to a socket that the other side closed is an error code, not the end of the process.
  std::signal(SIGPIPE, SIG_IGN);
}

void wait_for_shutdown() {
  const sigset_t signals = shutdown_signals();
  int received = 0;
  while (::sigwait(&signals, &received) != 0) continue;
}

}  // namespace mercato::process
