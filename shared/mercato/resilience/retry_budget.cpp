#include "mercato/resilience/retry_budget.hpp"

#include <algorithm>
#include <cmath>

namespace mercato::resilience {
namespace {

constexpr std::int64_t kRetry = 1000;

}  // namespace

RetryBudget::RetryBudget(double share, double reserve)
    : per_call_(std::llround(std::max(share, 0.0) * kRetry)),
      most_(per_call_ > 0 ? std::llround(reserve * kRetry) : 0),
      saved_(most_) {}

void RetryBudget::on_call() {
  auto saved = saved_.load(std::memory_order_relaxed);
  while (saved < most_ && !saved_.compare_exchange_weak(saved, std::min(most_, saved + per_call_),
                                                        std::memory_order_relaxed)) {
  }
}

bool RetryBudget::take() {
  auto saved = saved_.load(std::memory_order_relaxed);
  while (saved >= kRetry) {
    if (saved_.compare_exchange_weak(saved, saved - kRetry, std::memory_order_relaxed)) return true;
  }
  return false;
}

}  // namespace mercato::resilience
