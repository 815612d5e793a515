#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <mutex>
#include <thread>

namespace mercato::db {

/// How long a batch waits for those who come a little later. Jobs that leave one batch together
/// arrive at the next a little apart, for each needs some CPU on its way there; where the first of
/// them goes at once it goes alone, and after a few batches they all do. So while batches have been
/// of several jobs lately, the next begins when nobody has come for a moment (docs/adr/0012). Where
/// jobs come one by one none waits.
///
/// Belongs to whatever mutex its owner's queue has.
class Stragglers {
 public:
  using Steady = std::chrono::steady_clock;
  using Time = Steady::time_point;

  /// So long nobody has to come for those who are there to go,
  static constexpr std::chrono::milliseconds kGap{1};
  /// and so long the first of them waits at most.
  static constexpr std::chrono::milliseconds kLongest{6};

  void arrived(Time now) { last_arrival_ = now; }

  /// Whether somebody who comes at `now`, and finds nobody there, had better wait for others.
  [[nodiscard]] bool expected(Time now) const {
    return average_jobs_ > kCompany && now < begun_at_ + kMemory;
  }

  /// When the batch may begin whose first job came at `first`, unless others come until then.
  [[nodiscard]] Time awaited_until(Time first) const {
    if (!expected(first)) return first;
    return std::min(first + kLongest, std::max(first, last_arrival_) + kGap);
  }

  /// Returns when it may begin. The lock, of the owner's mutex, is given up meanwhile.
  void await(std::unique_lock<std::mutex>& lock, Time first) const {
    for (auto until = awaited_until(first); Steady::now() < until; until = awaited_until(first)) {
      lock.unlock();
      std::this_thread::sleep_until(until);
      lock.lock();
    }
  }

  void begun(Time now, std::size_t jobs) {
    begun_at_ = now;
    average_jobs_ += (static_cast<double>(jobs) - average_jobs_) / 4;
  }

 private:
  // More than this many jobs a batch, on average of the last few, are company.
  static constexpr double kCompany = 1.25;
  // What was longer ago than this says nothing of now.
  static constexpr std::chrono::milliseconds kMemory{100};

  Time last_arrival_{};
  Time begun_at_{};
  double average_jobs_ = 1;
};

}  // namespace mercato::db
