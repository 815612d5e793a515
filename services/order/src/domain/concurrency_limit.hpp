#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <utility>

#include <mercato/clock/clock.hpp>

namespace order {

/// How much of one kind is worked on at once: the fewest that lose no throughput. Where processors
/// or a database are the limit, more at once takes longer for as many results; where the work waits
/// for somebody else, such as a slow payment provider, more at once does more. Which of the two it
/// is shows when it is tried: while more is wanted than the limit lets in, what is done in a round
/// at half as many again, or at two thirds, is compared with what was done before. A round that
/// does less than half of that tells of another world, in which the search begins anew.
///
/// From any thread; must outlive every Turn. (Hill climbing, as in the controller of .NET's thread
/// pool: Hellerstein, Morrison, Eilebrecht, "Applying control theory in the real world", 2009.)
class ConcurrencyLimit {
 public:
  /// One piece of work, for as long as it lives. Movable.
  class Turn {
   public:
    Turn() = default;
    Turn(Turn&& other) noexcept : limit_(std::exchange(other.limit_, nullptr)) {}
    Turn& operator=(Turn&& other) noexcept {
      std::swap(limit_, other.limit_);
      return *this;
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn() {
      if (limit_ != nullptr) limit_->leave();
    }

   private:
    friend class ConcurrencyLimit;
    explicit Turn(ConcurrencyLimit& limit) : limit_(&limit) {}

    ConcurrencyLimit* limit_ = nullptr;
  };

  /// Starts with `least`, never goes above `most`. `clock` must outlive it.
  ConcurrencyLimit(std::size_t least, std::size_t most,
                   const mercato::Clock& clock = mercato::system_clock())
      : clock_(clock), least_(least), most_(most), limit_(least), settled_(least) {}

  /// Whether one more may be begun now; that it may not is taken for a wish for more.
  [[nodiscard]] bool has_room() const;

  /// Begins one, room or not. Those who go in although there is none have waited too long for it,
  /// and raise the limit when there are several of them.
  [[nodiscard]] Turn enter();

  [[nodiscard]] std::size_t limit() const { return limit_.load(); }
  [[nodiscard]] std::size_t under_way() const { return under_way_.load(); }

 private:
  enum class Trial : std::uint8_t { none, more, fewer };

  void leave();
  [[nodiscard]] bool worth_it(double rate) const;
  void judge(double rate, std::chrono::steady_clock::time_point now);
  void start_over();
  void begin_trial(Trial trial);
  void set_limit(std::size_t limit);
  [[nodiscard]] std::size_t more_than(std::size_t limit) const;

  const mercato::Clock& clock_;
  const std::size_t least_;
  const std::size_t most_;
  std::atomic<std::size_t> under_way_{0};
  std::atomic<std::size_t> limit_;
  mutable std::atomic<bool> wanted_{false};  // more than the limit lets in, in this round

  std::mutex mutex_;       // for all below
  std::size_t ended_ = 0;  // of this round
  std::chrono::steady_clock::time_point counted_from_{};
  Trial trial_ = Trial::none;
  Trial next_trial_ = Trial::more;
  std::size_t settled_;        // the limit that a trial is compared with
  double settled_rate_ = 0;    // what was done then, per second; 0: not known yet
  std::size_t calm_left_ = 0;  // rounds without a trial…
  std::chrono::steady_clock::time_point calm_until_{};  // …and how long there is none
};

}  // namespace order
