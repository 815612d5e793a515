#include <mercato/resilience/backoff.hpp>
#include <mercato/resilience/breaker.hpp>
#include <mercato/resilience/lru_map.hpp>
#include <mercato/resilience/retry_budget.hpp>
#include <mercato/resilience/token_bucket.hpp>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <support/catch.hpp>

using namespace mercato::resilience;
using namespace std::chrono_literals;

namespace {

// Time that passes only when a test says so.
class ManualClock : public mercato::Clock {
 public:
  [[nodiscard]] mercato::Timestamp now() const override { return {}; }
  [[nodiscard]] std::chrono::steady_clock::time_point steady_now() const override { return now_; }
  void advance(std::chrono::milliseconds by) { now_ += by; }

 private:
  std::chrono::steady_clock::time_point now_ = std::chrono::steady_clock::time_point() + 1h;
};

void fail(Breaker& breaker, int times) {
  for (int i = 0; i < times; ++i) breaker.failed();
}

}  // namespace

TEST_CASE("full jitter stays between zero and the doubled base, and under the cap",
          "[resilience][unit]") {
  auto longest = 0ms;
  for (int i = 0; i < 2000; ++i) {
    CHECK(full_jitter(0, 100ms, 1s) <= 100ms);
    longest = std::max(longest, full_jitter(2, 100ms, 1s));
    CHECK(full_jitter(1000, 100ms, 1s) <= 1s);
    CHECK(full_jitter(3, 100ms, 1s) >= 0ms);
  }
  CHECK(longest > 300ms);
  CHECK(longest <= 400ms);
  CHECK(full_jitter(5, 0ms, 1s) == 0ms);
}

TEST_CASE("a burst is admitted at once and then the rate holds", "[resilience][unit]") {
  ManualClock clock;
  RateLimiter limiter(10, 3, 100, clock);
  for (int i = 0; i < 3; ++i) CHECK(limiter.take("a") == 0ms);
  CHECK(limiter.take("a") == 100ms);
  clock.advance(60ms);
  CHECK(limiter.take("a") == 40ms);
  clock.advance(40ms);
  CHECK(limiter.take("a") == 0ms);
  CHECK(limiter.take("a") == 100ms);
}

TEST_CASE("an idle bucket fills up to the burst and no further", "[resilience][unit]") {
  ManualClock clock;
  RateLimiter limiter(10, 2, 100, clock);
  CHECK(limiter.take("a") == 0ms);
  clock.advance(1h);
  CHECK(limiter.take("a") == 0ms);
  CHECK(limiter.take("a") == 0ms);
  CHECK(limiter.take("a") > 0ms);
}

TEST_CASE("one key's haste does not slow another", "[resilience][unit]") {
  ManualClock clock;
  RateLimiter limiter(1, 1, 100, clock);
  CHECK(limiter.take("a") == 0ms);
  CHECK(limiter.take("a") == 1000ms);
  CHECK(limiter.take("b") == 0ms);
}

TEST_CASE("a rate of zero admits everything", "[resilience][unit]") {
  RateLimiter limiter(0, 0);
  for (int i = 0; i < 1000; ++i) CHECK(limiter.take("a") == 0ms);
}

TEST_CASE("threads together get no more than the burst", "[resilience][unit]") {
  ManualClock clock;
  RateLimiter limiter(1, 100, 1000, clock);
  std::atomic<int> admitted{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 100; ++j) {
        if (limiter.take("a") == 0ms) ++admitted;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(admitted == 100);
}

TEST_CASE("a full map forgets what was not used for the longest", "[resilience][unit]") {
  LruMap<int> map(2);
  map.insert("a", 1);
  map.insert("b", 2);
  REQUIRE(map.find("a") != nullptr);
  map.insert("c", 3);
  CHECK(map.size() == 2);
  CHECK(map.find("b") == nullptr);
  CHECK(*map.find("a") == 1);
  map.insert("a", 4);
  CHECK(*map.find("a") == 4);
  map.erase("a");
  CHECK(map.find("a") == nullptr);
  CHECK(map.size() == 1);
}

TEST_CASE("a breaker opens after so many failures in a row", "[resilience][unit]") {
  ManualClock clock;
  Breaker breaker("opens", {3, 1s}, clock);
  fail(breaker, 2);
  breaker.succeeded();
  fail(breaker, 2);
  CHECK(breaker.allow());
  breaker.failed();
  CHECK_FALSE(breaker.allow());
  CHECK_FALSE(breaker.would_allow());
}

TEST_CASE("an open breaker lets one probe through at a time", "[resilience][unit]") {
  ManualClock clock;
  Breaker breaker("probes", {1, 1s}, clock);
  breaker.failed();
  clock.advance(1s);
  CHECK(breaker.would_allow());
  CHECK(breaker.allow());
  CHECK_FALSE(breaker.allow());
  clock.advance(1s);  // the first probe was never heard of again
  CHECK(breaker.allow());
  breaker.failed();
  CHECK_FALSE(breaker.allow());
}

TEST_CASE("a probe that succeeds closes the breaker", "[resilience][unit]") {
  ManualClock clock;
  Breaker breaker("closes", {2, 1s}, clock);
  fail(breaker, 2);
  clock.advance(1s);
  REQUIRE(breaker.allow());
  breaker.succeeded();
  CHECK(breaker.allow());
  CHECK(breaker.allow());
  breaker.failed();
  CHECK(breaker.allow());
}

TEST_CASE("of many threads one becomes the probe", "[resilience][unit]") {
  ManualClock clock;
  Breaker breaker("race", {1, 1s}, clock);
  breaker.failed();
  clock.advance(1s);
  std::atomic<int> probes{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      if (breaker.allow()) ++probes;
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(probes == 1);
}

TEST_CASE("a breaker without a limit never opens", "[resilience][unit]") {
  Breaker breaker("off", {0, 1s});
  fail(breaker, 1000);
  CHECK(breaker.allow());
}

TEST_CASE("the breaker's state can be watched from outside", "[resilience][unit]") {
  Breaker breaker("watched", {1, 1s});
  CHECK_THAT(mercato::metrics::registry().scrape(),
             ContainsSubstring("circuit_breaker_open{name=\"watched\"} 0"));
  breaker.failed();
  CHECK_THAT(mercato::metrics::registry().scrape(),
             ContainsSubstring("circuit_breaker_open{name=\"watched\"} 1"));
}

TEST_CASE("retries are bounded to a share of calls", "[resilience][unit]") {
  RetryBudget budget(0.1, 2);
  CHECK(budget.take());
  CHECK(budget.take());
  CHECK_FALSE(budget.take());
  for (int i = 0; i < 10; ++i) budget.on_call();
  CHECK(budget.take());
  CHECK_FALSE(budget.take());
  for (int i = 0; i < 1000; ++i) budget.on_call();
  CHECK(budget.take());
  CHECK(budget.take());
  CHECK_FALSE(budget.take());
}

TEST_CASE("a budget of zero allows no retry", "[resilience][unit]") {
  RetryBudget budget(0);
  budget.on_call();
  CHECK_FALSE(budget.take());
}
