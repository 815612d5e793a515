#include "mercato/clock/clock.hpp"

#include <algorithm>

#include "mercato/failpoint/failpoint.hpp"

namespace mercato {
namespace {

constexpr Timestamp kYear1 = std::chrono::sys_days(std::chrono::year(1) / 1 / 1);
constexpr Timestamp kYear10000 = std::chrono::sys_days(std::chrono::year(10'000) / 1 / 1);

class SystemClock : public Clock {
 public:
  Timestamp now() const override {
    return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now()) +
           MERCATO_CLOCK_OFFSET;
  }
  std::chrono::steady_clock::time_point steady_now() const override {
    return std::chrono::steady_clock::now();
  }
};

/// Reads fixed-width numbers from the front of a text; sticky failure, so that a whole form can be
/// read before one check.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  int number(std::size_t digits) {
    if (rest_.size() < digits) return fail();
    int value = 0;
    for (std::size_t i = 0; i < digits; ++i) {
      const char digit = rest_[i];
      if (digit < '0' || digit > '9') return fail();
      value = value * 10 + (digit - '0');
    }
    rest_.remove_prefix(digits);
    return value;
  }

  /// Takes one of `choices` and returns it.
  char one_of(std::string_view choices) {
    if (rest_.empty() || choices.find(rest_.front()) == std::string_view::npos) {
      fail();
      return '\0';
    }
    const char taken = rest_.front();
    rest_.remove_prefix(1);
    return taken;
  }

  /// ".123456789" if it is there, as microseconds.
  int fraction() {
    if (rest_.empty() || rest_.front() != '.') return 0;
    rest_.remove_prefix(1);
    const std::size_t digits = std::min(rest_.find_first_not_of("0123456789"), rest_.size());
    if (digits < 1 || digits > 9) return fail();
    int micros = 0;
    for (std::size_t i = 0; i < 6; ++i) micros = micros * 10 + (i < digits ? rest_[i] - '0' : 0);
    rest_.remove_prefix(digits);
    return micros;
  }

  [[nodiscard]] bool done() const { return ok_ && rest_.empty(); }

 private:
  int fail() {
    ok_ = false;
    return 0;
  }

  std::string_view rest_;
  bool ok_ = true;
};

void put(char* at, unsigned value, int digits) {
  for (int i = digits - 1; i >= 0; --i, value /= 10) at[i] = static_cast<char>('0' + value % 10);
}

}  // namespace

const Clock& system_clock() {
  static const SystemClock clock;
  return clock;
}

std::chrono::milliseconds Deadline::remaining() const {
  constexpr std::chrono::milliseconds kMost = std::chrono::hours(1);
  const auto now = Steady::now();
  if (at_ <= now) return std::chrono::milliseconds::zero();
  if (at_ >= now + kMost) return kMost;
  return std::chrono::ceil<std::chrono::milliseconds>(at_ - now);
}

std::string to_rfc3339(Timestamp at) {
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::milliseconds>(at - day));
  std::string text = "0000-00-00T00:00:00.000Z";
  put(&text[0], static_cast<unsigned>(static_cast<int>(date.year())), 4);
  put(&text[5], static_cast<unsigned>(date.month()), 2);
  put(&text[8], static_cast<unsigned>(date.day()), 2);
  put(&text[11], static_cast<unsigned>(time.hours().count()), 2);
  put(&text[14], static_cast<unsigned>(time.minutes().count()), 2);
  put(&text[17], static_cast<unsigned>(time.seconds().count()), 2);
  put(&text[20], static_cast<unsigned>(time.subseconds().count()), 3);
  return text;
}

std::optional<Timestamp> parse_rfc3339(std::string_view text) {
  Scanner scan(text);
  const int year = scan.number(4);
  scan.one_of("-");
  const int month = scan.number(2);
  scan.one_of("-");
  const int day = scan.number(2);
  scan.one_of("Tt ");
  const int hour = scan.number(2);
  scan.one_of(":");
  const int minute = scan.number(2);
  scan.one_of(":");
  const int second = scan.number(2);
  const int micros = scan.fraction();
  const char zone = scan.one_of("Zz+-");
  int offset_hours = 0;
  int offset_minutes = 0;
  if (zone == '+' || zone == '-') {
    offset_hours = scan.number(2);
    scan.one_of(":");
    offset_minutes = scan.number(2);
  }
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  // Second 60 is a leap second (RFC 3339 section 5.7); it counts as the first of the next minute.
  if (!scan.done() || !date.ok() || hour > 23 || minute > 59 || second > 60 || offset_hours > 23 ||
      offset_minutes > 59) {
    return std::nullopt;
  }
  const auto offset = std::chrono::hours(offset_hours) + std::chrono::minutes(offset_minutes);
  const Timestamp local = std::chrono::sys_days(date) + std::chrono::hours(hour) +
                          std::chrono::minutes(minute) + std::chrono::seconds(second) +
                          std::chrono::microseconds(micros);
  const Timestamp moment = zone == '-' ? local + offset : local - offset;
  // What has no four digits for its year cannot be written down again.
  if (moment < kYear1 || moment >= kYear10000) return std::nullopt;
  return moment;
}

}  // namespace mercato
