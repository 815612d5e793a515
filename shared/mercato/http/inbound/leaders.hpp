#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>

#include "mercato/threads/waiting.hpp"

namespace mercato::http::inbound {

/// How many of the workers listen for requests. Handlers that wait for a database need many, each
/// of which is woken by a request of its own. Where nothing is waited for, that only wakes more
/// threads than there are processors to run them, which answers no earlier and costs the switches:
/// then a few lead, and the others follow, asleep, until a leader has to wait after all (after the
/// pattern Leader/Followers of Schmidt et al., POSA 2, with as many leaders as there are
/// processors).
///
/// A worker calls lead() before it looks for work, and listens between listens() and hears().
/// What a leader waits for without saying so (threads::Waiting) is found out by keep_going().
class Leaders final : public threads::Understudy {
 public:
  /// `most` lead at a time, of workers that all begin as leaders.
  Leaders(std::size_t workers, std::size_t most);

  /// So many requests in a row without anybody waiting, and more than a few are too many.
  static constexpr std::uint32_t kWithoutWaiting = 256;

  /// Returns at once unless too many lead and one of them listens, else when one is needed.
  void lead();
  void listens() { counts_.fetch_add(kListening); }
  /// True if now nobody listens, though somebody could.
  [[nodiscard]] bool hears();
  /// To be called now and then while nobody listens: lets one more listen if that is still so, and
  /// returns whether it is.
  bool keep_going();
  [[nodiscard]] std::size_t followers() const { return following(counts_.load()); }
  /// Nobody follows from now on.
  void dismiss();

  void step_in() noexcept override;
  void step_back() noexcept override { counts_.fetch_add(kLeading); }

 private:
  // Three counts in one, so that each step is seen as a whole: workers that lead, that is, listen
  // or work without waiting; of those, the ones that listen; and the ones that follow.
  using Counts = std::uint64_t;
  static constexpr Counts kLeading = 1;
  static constexpr Counts kListening = Counts{1} << 20U;
  static constexpr Counts kFollowing = Counts{1} << 40U;
  static constexpr Counts kMask = kListening - 1;
  static Counts leading(Counts counts) { return counts & kMask; }
  static Counts listening(Counts counts) { return counts / kListening & kMask; }
  static Counts following(Counts counts) { return counts / kFollowing; }

  const std::size_t most_;
  std::atomic<Counts> counts_;
  std::atomic<std::uint32_t> turns_without_waiting_{0};
  std::atomic<bool> dismissed_{false};

  // Not std::counting_semaphore: that of GCC 12 may sleep over a permit, and wakes all for one.
  void wake(std::size_t followers);
  std::mutex mutex_;
  std::condition_variable needed_;
  std::size_t permits_ = 0;
};

}  // namespace mercato::http::inbound
