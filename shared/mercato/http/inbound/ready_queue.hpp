#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <deque>
#include <mutex>

#include "mercato/http/router.hpp"

namespace mercato::http::inbound {

struct Connection;

/// Connections with a whole request that found every worker busy. What is more urgent has a head
/// start, no more, so that nothing waits for ever.
///
/// How many may wait adapts. A crowd that waits for its answers is taken in as far as `capacity`
/// goes. If that does not do, more is asked than can be done, and the longer the queue the later
/// each answer, for as many answers in all: until nobody had to be refused for a second, whoever
/// waited for kPatience is refused as well, which keeps the queue as short as that. (After the
/// controlled delay of RFC 8289, which Facebook applies to servers: "Fail at Scale", ACM Queue 13.)
///
/// Any thread; times are the caller's, so that tests need not wait.
class ReadyQueue {
 public:
  using Time = std::chrono::steady_clock::time_point;

  static constexpr std::chrono::milliseconds kHeadStart{500};
  static constexpr std::chrono::milliseconds kPatience{100};
  static constexpr std::chrono::milliseconds kCalm{1'000};

  explicit ReadyQueue(std::size_t capacity) : capacity_(capacity) {}

  /// False, and still the caller's, when full.
  [[nodiscard]] bool push(Connection& connection, Urgency urgency, Time now) {
    const std::lock_guard lock(mutex_);
    if (size_.load() >= capacity_) {
      refuses_until_ = now + kCalm;
      return false;
    }
    classes_[static_cast<std::size_t>(urgency)].push_back({&connection, now});
    size_.fetch_add(1);
    return true;
  }

  /// Whose turn it is; nullptr when empty.
  [[nodiscard]] Connection* pop() {
    if (size_.load() == 0) return nullptr;  // the usual case, without the lock
    const std::lock_guard lock(mutex_);
    std::deque<Waiting>* first = nullptr;
    Time first_since{};
    std::chrono::milliseconds behind{0};
    for (auto& each : classes_) {
      if (!each.empty() && (!first || each.front().since + behind < first_since)) {
        first = &each;
        first_since = each.front().since + behind;
      }
      behind += kHeadStart;
    }
    return first ? take_from(*first) : nullptr;
  }

  /// One who has to be refused, the least urgent first; nullptr when there is none. What finishes
  /// something is never among them.
  [[nodiscard]] Connection* pop_refused(Time now) {
    if (size_.load() == 0) return nullptr;
    const std::lock_guard lock(mutex_);
    if (now >= refuses_until_) return nullptr;
    for (const Urgency urgency : {Urgency::read, Urgency::begin}) {
      auto& each = classes_[static_cast<std::size_t>(urgency)];
      if (each.empty() || each.front().since + kPatience > now) continue;
      refuses_until_ = now + kCalm;
      return take_from(each);
    }
    return nullptr;
  }

  [[nodiscard]] std::size_t size() const { return size_.load(); }

 private:
  struct Waiting {
    Connection* connection;
    Time since;
  };

  Connection* take_from(std::deque<Waiting>& waiting) {
    Connection* connection = waiting.front().connection;
    waiting.pop_front();
    size_.fetch_sub(1);
    return connection;
  }

  const std::size_t capacity_;
  std::mutex mutex_;
  std::array<std::deque<Waiting>, 3> classes_;  // by Urgency
  Time refuses_until_{};
  std::atomic<std::size_t> size_{0};
};

}  // namespace mercato::http::inbound
