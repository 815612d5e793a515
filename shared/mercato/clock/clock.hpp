#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mercato {

/// A moment of wall-clock time in UTC with microseconds, as PostgreSQL keeps it.
using Timestamp = std::chrono::sys_time<std::chrono::microseconds>;

/// Where "now" comes from. Production code uses system_clock(); tests and simulations pass their
/// own. Safe to call from any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual Timestamp now() const = 0;
  /// Never goes back: for deadlines and durations.
  [[nodiscard]] virtual std::chrono::steady_clock::time_point steady_now() const = 0;
};

/// The operating system's clock; lives for ever.
[[nodiscard]] const Clock& system_clock();

/// A point in monotonic time after which nobody waits for the result any more.
/// Copyable, cheap; `Deadline::never()` for work without a caller.
class Deadline {
 public:
  using Steady = std::chrono::steady_clock;

  [[nodiscard]] static Deadline never() { return Deadline(Steady::time_point::max()); }
  [[nodiscard]] static Deadline in(std::chrono::milliseconds budget) {
    return Deadline(Steady::now() + budget);
  }
  explicit Deadline(Steady::time_point at) : at_(at) {}

  [[nodiscard]] Steady::time_point at() const { return at_; }
  [[nodiscard]] bool expired() const { return Steady::now() >= at_; }
  /// Time left, never negative; at most an hour, so that it is safe to add to a time point.
  [[nodiscard]] std::chrono::milliseconds remaining() const;
  [[nodiscard]] Deadline earlier_of(Deadline other) const {
    return at_ <= other.at_ ? *this : other;
  }

 private:
  Steady::time_point at_;
};

/// Whole seconds since 1970, as JWTs, webhooks' signatures and Stripe count them.
[[nodiscard]] constexpr std::int64_t unix_seconds(Timestamp at) {
  return std::chrono::floor<std::chrono::seconds>(at.time_since_epoch()).count();
}

/// RFC 3339 in UTC with milliseconds: "2026-01-31T23:59:59.123Z".
[[nodiscard]] std::string to_rfc3339(Timestamp at);
/// Parses RFC 3339 with any offset and up to nine digits of fraction (cut to microseconds).
[[nodiscard]] std::optional<Timestamp> parse_rfc3339(std::string_view text);

}  // namespace mercato
