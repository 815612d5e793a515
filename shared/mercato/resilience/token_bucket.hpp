#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string_view>

#include "mercato/clock/clock.hpp"

namespace mercato::resilience {

/// One token bucket per key, in this process alone; memory is bounded (least recently used buckets
/// go first). From any thread.
class RateLimiter {
 public:
  /// `rate_per_second` 0 switches it off. `clock` must outlive it.
  RateLimiter(double rate_per_second, double burst, std::size_t max_keys = 100'000,
              const Clock& clock = system_clock());
  ~RateLimiter();
  RateLimiter(const RateLimiter&) = delete;
  RateLimiter& operator=(const RateLimiter&) = delete;

  /// Zero if admitted, else how long until it would be.
  [[nodiscard]] std::chrono::milliseconds take(std::string_view key);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mercato::resilience
