#include "mercato/http/inbound/leaders.hpp"

namespace mercato::http::inbound {

Leaders::Leaders(std::size_t workers, std::size_t most) : most_(most), counts_(workers) {}

void Leaders::lead() {
  if (turns_without_waiting_.fetch_add(1, std::memory_order_relaxed) < kWithoutWaiting) return;
  auto counts = counts_.load();
  do {
    if (leading(counts) <= most_ || listening(counts) == 0 || dismissed_.load()) return;
  } while (!counts_.compare_exchange_weak(counts, counts - kLeading + kFollowing));
  // Who dismissed us between the question and the answer counted without us.
  if (dismissed_.load()) dismiss();
  std::unique_lock lock(mutex_);
  needed_.wait(lock, [this] { return permits_ > 0; });
  --permits_;
}

void Leaders::wake(std::size_t followers) {
  {
    const std::lock_guard lock(mutex_);
    permits_ += followers;
  }
  for (std::size_t i = 0; i < followers; ++i) needed_.notify_one();
}

bool Leaders::hears() {
  const auto counts = counts_.fetch_sub(kListening) - kListening;
  return listening(counts) == 0 && following(counts) > 0;
}

bool Leaders::keep_going() {
  auto counts = counts_.load();
  do {
    if (listening(counts) > 0 || following(counts) == 0) return false;
  } while (!counts_.compare_exchange_weak(counts, counts - kFollowing + kLeading));
  turns_without_waiting_.store(0, std::memory_order_relaxed);
  wake(1);
  return true;
}

void Leaders::dismiss() {
  dismissed_.store(true);
  auto counts = counts_.load();
  while (!counts_.compare_exchange_weak(counts,
                                        counts + following(counts) * (kLeading - kFollowing))) {
  }
  wake(following(counts));
}

/// While one listens, or as many work as there are processors, nobody is missed.
void Leaders::step_in() noexcept {
  turns_without_waiting_.store(0, std::memory_order_relaxed);
  auto counts = counts_.load();
  Counts next = 0;
  do {
    next = counts - kLeading;
    if (leading(next) < most_ && listening(next) == 0 && following(next) > 0) {
      next += kLeading - kFollowing;
    }
  } while (!counts_.compare_exchange_weak(counts, next));
  if (following(next) < following(counts)) wake(1);
}

}  // namespace mercato::http::inbound
