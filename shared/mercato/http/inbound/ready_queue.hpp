#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>

#include "mercato/http/router.hpp"

namespace mercato::http::inbound {

struct Connection;

/// Connections with a whole request that found every worker busy; and, "outside", those that found
/// no room for what they begin. What is more urgent has a head start, no more, so that nothing
/// waits for ever.
///
/// How many may wait adapts. A crowd that waits for its answers is taken in as far as `capacity`
/// goes. If that does not do, more is asked than can be done, and the longer the queue the later
/// each answer, for as many answers in all: until nobody had to be refused for a second, whoever
/// waited for kPatience is refused as well, which keeps the queue as short as that, and who came
/// last is next, since who came first has lost most of his time. What finishes something keeps its
/// order. (After the controlled delay of RFC 8289, which Facebook applies to servers, with the
/// adaptive LIFO that goes with it: "Fail at Scale", ACM Queue 13.)
///
/// Any thread; times are the caller's, so that tests need not wait.
class ReadyQueue {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using HasRoom = std::function<bool()>;

  static constexpr std::chrono::milliseconds kHeadStart{500};
  static constexpr std::chrono::milliseconds kPatience{50};
  static constexpr std::chrono::milliseconds kCalm{1'000};

  /// As many may wait for a worker, and as many outside. Who waited outside for so long goes in
  /// without room: what is in the way may be stuck, and is then no reason to leave somebody without
  /// a word.
  ReadyQueue(std::size_t capacity, std::chrono::milliseconds outside_patience)
      : capacity_(capacity), outside_patience_(outside_patience) {}

  /// False, and still the caller's, when full.
  [[nodiscard]] bool push(Connection& connection, Urgency urgency, Time now) {
    const std::lock_guard lock(mutex_);
    if (size_.load() >= capacity_) {
      refuses_until_ = now + kCalm;
      return false;
    }
    class_of(urgency).push_back({&connection, now, nullptr});
    size_.fetch_add(1);
    return true;
  }

  enum class Pushed : std::uint8_t { full, first, behind_others };

  /// Likewise, for what begins something for which `has_room` says whether there is room.
  [[nodiscard]] Pushed push_outside(Connection& connection, const HasRoom& has_room, Time now) {
    const std::lock_guard lock(mutex_);
    if (outside_.size() >= capacity_) {
      refuses_until_ = now + kCalm;
      return Pushed::full;
    }
    outside_.push_back({&connection, now, &has_room});
    return outside_size_.fetch_add(1) == 0 ? Pushed::first : Pushed::behind_others;
  }

  /// More is asked than can be done, as somebody else has found out.
  void refuse_for_a_while(Time now) {
    const std::lock_guard lock(mutex_);
    refuses_until_ = now + kCalm;
  }

  /// Whose turn it is; nullptr when nobody waits, or only outside.
  [[nodiscard]] Connection* pop(Time now) {
    const std::lock_guard lock(mutex_);
    std::deque<Waiting>* first = nullptr;
    Time first_since{};
    const auto consider = [&](std::deque<Waiting>& waiting, std::chrono::milliseconds behind) {
      if (waiting.empty() || (first && waiting.front().since + behind >= first_since)) return;
      first = &waiting;
      first_since = waiting.front().since + behind;
    };
    consider(class_of(Urgency::finish), std::chrono::milliseconds(0));
    consider(class_of(Urgency::begin), kHeadStart);
    if (opens(now)) consider(outside_, kHeadStart);
    consider(class_of(Urgency::read), kHeadStart * 2);
    if (!first) return nullptr;
    return take_from(*first, refuses(now) && first != &class_of(Urgency::finish));
  }

  /// One who has to be refused, the least urgent first; nullptr when there is none. What finishes
  /// something is never among them.
  [[nodiscard]] Connection* pop_refused(Time now) {
    if (empty()) return nullptr;
    const std::lock_guard lock(mutex_);
    if (!refuses(now)) return nullptr;
    for (auto* each : {&class_of(Urgency::read), &class_of(Urgency::begin), &outside_}) {
      if (each->empty() || each->front().since + kPatience > now) continue;
      refuses_until_ = now + kCalm;
      return take_from(*each, false);
    }
    return nullptr;
  }

  /// Whether somebody who waits outside may come in now.
  [[nodiscard]] bool lets_in(Time now) {
    if (outside() == 0) return false;
    const std::lock_guard lock(mutex_);
    return opens(now);
  }

  /// How many wait for a worker.
  [[nodiscard]] std::size_t size() const { return size_.load(); }
  /// How many wait for room.
  [[nodiscard]] std::size_t outside() const { return outside_size_.load(); }
  [[nodiscard]] bool empty() const { return size() == 0 && outside() == 0; }

 private:
  struct Waiting {
    Connection* connection;
    Time since;
    const HasRoom* has_room;
  };

  std::deque<Waiting>& class_of(Urgency urgency) {
    return classes_[static_cast<std::size_t>(urgency)];
  }

  [[nodiscard]] bool refuses(Time now) const { return now < refuses_until_; }

  /// Whether the one outside who would be next may come in.
  [[nodiscard]] bool opens(Time now) const {
    if (outside_.empty()) return false;
    const auto& next = refuses(now) ? outside_.back() : outside_.front();
    return next.since + outside_patience_ <= now || (*next.has_room)();
  }

  Connection* take_from(std::deque<Waiting>& waiting, bool newest) {
    Connection* connection = newest ? waiting.back().connection : waiting.front().connection;
    newest ? waiting.pop_back() : waiting.pop_front();
    (&waiting == &outside_ ? outside_size_ : size_).fetch_sub(1);
    return connection;
  }

  const std::size_t capacity_;
  const std::chrono::milliseconds outside_patience_;
  std::mutex mutex_;
  std::array<std::deque<Waiting>, 3> classes_;  // by Urgency
  std::deque<Waiting> outside_;
  Time refuses_until_{};
  std::atomic<std::size_t> size_{0};          // of the classes
  std::atomic<std::size_t> outside_size_{0};
};

}  // namespace mercato::http::inbound
