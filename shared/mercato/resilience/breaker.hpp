#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "mercato/clock/clock.hpp"
#include "mercato/metrics/metrics.hpp"

namespace mercato::resilience {

struct BreakerOptions {
  std::size_t failures = 10;  // consecutive ones that open it; 0: it never opens
  std::chrono::milliseconds open_for{1'000};
};

/// A circuit breaker (M. Nygard, "Release It!"): after so many failures in a row it refuses for a
/// while, then lets one probe through per `open_for` until one succeeds. From any thread,
/// lock-free. Its state is the gauge circuit_breaker_open{name}.
class Breaker {
 public:
  /// `clock` must outlive it.
  Breaker(std::string_view name, BreakerOptions options, const Clock& clock = system_clock());

  /// Whether a call may be made. While it is open, the one caller that gets true is the probe; a
  /// probe that is never reported makes room for the next after `open_for`.
  [[nodiscard]] bool allow();
  /// Whether allow() would say yes now; takes no probe.
  [[nodiscard]] bool would_allow() const;
  /// Whether this closed it.
  bool succeeded();
  /// Whether this opened it.
  bool failed();

 private:
  // Nanoseconds of the steady clock at which the next probe may go; kClosed while closed.
  static constexpr std::int64_t kClosed = INT64_MIN;
  [[nodiscard]] std::int64_t now() const;

  BreakerOptions options_;
  const Clock& clock_;
  std::atomic<std::size_t> failures_{0};
  std::atomic<std::int64_t> next_probe_{kClosed};
  metrics::Gauge open_;
};

}  // namespace mercato::resilience
