#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>

namespace order {

/// How many checkouts may wait for a thread. Buyers who wait for their answer before they ask again
/// are let in up to `most`, however long they wait. If that does not do, more is asked than can be
/// done, and letting in more only makes all of them late: until nobody had to be refused for a
/// second, no more than `few` may wait (docs/adr/0013). From any thread.
class Crowd {
 public:
  using Time = std::chrono::steady_clock::time_point;

  static constexpr std::chrono::milliseconds kCalm{1'000};

  Crowd(std::size_t most, std::size_t few) : most_(most), few_(few) {}

  /// Whether one more may join the `waiting`.
  [[nodiscard]] bool admits(std::size_t waiting, Time now) {
    const std::lock_guard lock(mutex_);
    if (waiting < (now < refuses_until_ ? few_ : most_)) return true;
    refuses_until_ = now + kCalm;
    return false;
  }

 private:
  const std::size_t most_;
  const std::size_t few_;
  std::mutex mutex_;
  Time refuses_until_{};
};

}  // namespace order
