#include "domain/concurrency_limit.hpp"

#include <algorithm>
#include <deque>
#include <vector>

#include <support/catch.hpp>

#include "shop.hpp"

using namespace order;
using namespace std::chrono_literals;
using order::test::ManualClock;

namespace {

// More work than can be done: a piece takes `latency` where there are few, and no more than
// `most_per_second` are done however many there are.
class Crowded {
 public:
  Crowded(ManualClock& clock, ConcurrencyLimit& limit) : clock_(clock), limit_(limit) {}

  void work(int pieces, std::chrono::milliseconds latency, double most_per_second) {
    for (int i = 0; i < pieces; ++i) {
      while (limit_.has_room()) under_way_.push_back(limit_.enter());
      const std::chrono::duration<double> mean = latency;
      const auto rate =
          std::min(static_cast<double>(under_way_.size()) / mean.count(), most_per_second);
      clock_.advance(std::chrono::duration_cast<std::chrono::microseconds>(
          std::chrono::duration<double>(1 / rate)));
      under_way_.pop_front();
    }
  }

 private:
  ManualClock& clock_;
  ConcurrencyLimit& limit_;
  std::deque<ConcurrencyLimit::Turn> under_way_;
};

}  // namespace

TEST_CASE("more at once is tried and given up where it does no more", "[concurrency_limit]") {
  ManualClock clock;
  ConcurrencyLimit limit(16, 56, clock);
  Crowded crowd(clock, limit);
  std::size_t most = 0;
  int above = 0;
  for (int i = 0; i < 10'000; ++i) {
    crowd.work(1, 10ms, 400);
    most = std::max(most, limit.limit());
    if (limit.limit() > 16) ++above;
  }
  CHECK(most == 24);
  CHECK(above < 1'500);
}

TEST_CASE("as much at once as does more, up to the most, and down again", "[concurrency_limit]") {
  ManualClock clock;
  ConcurrencyLimit limit(16, 56, clock);
  Crowded crowd(clock, limit);
  crowd.work(1'000, 300ms, 400);  // each waits for somebody else
  CHECK(limit.limit() > 30);
  std::size_t least = 56;
  for (int i = 0; i < 5'000; ++i) {
    crowd.work(1, 300ms, 400);
    least = std::min(least, limit.limit());
  }
  CHECK(least > 30);
  crowd.work(10'000, 10ms, 400);
  CHECK(limit.limit() <= 24);
}

TEST_CASE("a provider that gets slow is noticed within some rounds", "[concurrency_limit]") {
  ManualClock clock;
  ConcurrencyLimit limit(16, 48, clock);
  Crowded crowd(clock, limit);
  crowd.work(130 * 60 + GENERATE(0, 20, 40, 60, 80), 100ms, 130);
  REQUIRE(limit.limit() <= 24);
  const auto slow_since = clock.steady_now();
  while (limit.limit() < 36 && clock.steady_now() < slow_since + 10min) crowd.work(1, 3s, 130);
  CHECK(clock.steady_now() < slow_since + 4 * 5 * 3s);  // four rounds of five times the latency
}

TEST_CASE("a moment in which little was done is forgotten soon", "[concurrency_limit]") {
  ManualClock clock;
  ConcurrencyLimit limit(16, 48, clock);
  Crowded crowd(clock, limit);
  crowd.work(130 * 60 + GENERATE(0, 20, 40, 60, 80), 100ms, 130);
  crowd.work(100, 100ms, 40);  // a checkpoint of the database
  crowd.work(130 * 40, 100ms, 130);
  CHECK(limit.limit() <= 24);
}

TEST_CASE("who had to go in without room raises the limit", "[concurrency_limit]") {
  ConcurrencyLimit limit(16, 56);
  std::vector<ConcurrencyLimit::Turn> turns;
  for (int i = 0; i < 24; ++i) turns.push_back(limit.enter());
  CHECK(limit.limit() == 16);  // they saw the same room
  turns.push_back(limit.enter());
  CHECK(limit.limit() == 24);
  while (turns.size() < 200) turns.push_back(limit.enter());
  CHECK(limit.limit() == 56);
  turns.clear();
  CHECK(limit.under_way() == 0);
}

TEST_CASE("the limit stays as it is while there is room for everybody", "[concurrency_limit]") {
  ManualClock clock;
  ConcurrencyLimit limit(16, 56, clock);
  for (int i = 0; i < 1'000; ++i) {
    CHECK(limit.has_room());
    const auto turn = limit.enter();
    clock.advance(1ms);
  }
  CHECK(limit.limit() == 16);
}
