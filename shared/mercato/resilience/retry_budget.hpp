#pragma once

#include <atomic>
#include <cstdint>

namespace mercato::resilience {

/// Bounds retries to a share of calls, so that retrying cannot multiply the load on a neighbour
/// that is already in trouble. A small reserve lets a rare caller retry too. From any thread,
/// lock-free.
class RetryBudget {
 public:
  /// `share` of calls that may be retried, 0.1 for one in ten; 0: none. `reserve` is the most that
  /// can be saved up, and what it starts with.
  explicit RetryBudget(double share, double reserve = 10);

  void on_call();
  /// Whether one retry may be made now; if so it is spent.
  [[nodiscard]] bool take();

 private:
  std::int64_t per_call_;  // thousandths of a retry, here and below
  std::int64_t most_;
  std::atomic<std::int64_t> saved_;
};

}  // namespace mercato::resilience
