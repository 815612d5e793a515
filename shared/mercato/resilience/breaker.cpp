#include "mercato/resilience/breaker.hpp"

namespace mercato::resilience {

Breaker::Breaker(std::string_view name, BreakerOptions options, const Clock& clock)
    : options_(options),
      clock_(clock),
      open_(metrics::registry().gauge("circuit_breaker_open",
                                      "1 while calls to this neighbour are refused, else 0.",
                                      {{"name", name}})) {
  open_.set(0);
}

std::int64_t Breaker::now() const {
  const std::chrono::nanoseconds since_boot = clock_.steady_now().time_since_epoch();
  return since_boot.count();
}

bool Breaker::allow() {
  auto next = next_probe_.load();
  if (next == kClosed) return true;
  const auto time = now();
  if (time < next) return false;
  const auto following = time + std::chrono::nanoseconds(options_.open_for).count();
  // Of several threads that see the time come, the one that moves it on is the probe.
  return next_probe_.compare_exchange_strong(next, following) || next == kClosed;
}

bool Breaker::would_allow() const {
  const auto next = next_probe_.load();
  return next == kClosed || now() >= next;
}

bool Breaker::succeeded() {
  failures_.store(0);
  const bool was_open = next_probe_.exchange(kClosed) != kClosed;
  if (was_open) open_.set(0);
  return was_open;
}

bool Breaker::failed() {
  if (options_.failures == 0 || failures_.fetch_add(1) + 1 < options_.failures) return false;
  const auto until = now() + std::chrono::nanoseconds(options_.open_for).count();
  const bool was_closed = next_probe_.exchange(until) == kClosed;
  if (was_closed) open_.set(1);
  return was_closed;
}

}  // namespace mercato::resilience
