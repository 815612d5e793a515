#include "mercato/db/stragglers.hpp"

#include <support/catch.hpp>

#include <mutex>

using mercato::db::Stragglers;
using namespace std::chrono_literals;

namespace {

const Stragglers::Time kStart{1h};

/// Batches of so many jobs, each a millisecond after the one before; the last of them at kStart.
Stragglers after_batches_of(std::size_t jobs) {
  Stragglers stragglers;
  for (int i = 9; i >= 0; --i) stragglers.begun(kStart - i * 1ms, jobs);
  return stragglers;
}

}  // namespace

TEST_CASE("where jobs come one by one none waits for others", "[db][stragglers]") {
  auto stragglers = after_batches_of(1);
  stragglers.arrived(kStart + 1ms);
  CHECK_FALSE(stragglers.expected(kStart + 1ms));
  CHECK(stragglers.awaited_until(kStart + 1ms) == kStart + 1ms);
}

TEST_CASE("a batch begins when nobody has come for a moment", "[db][stragglers]") {
  auto stragglers = after_batches_of(4);
  const auto first = kStart + 1ms;
  stragglers.arrived(first);
  CHECK(stragglers.expected(first));
  CHECK(stragglers.awaited_until(first) == first + Stragglers::kGap);
  stragglers.arrived(first + 800us);
  CHECK(stragglers.awaited_until(first) == first + 800us + Stragglers::kGap);
}

TEST_CASE("however many come, the first does not wait for long", "[db][stragglers]") {
  auto stragglers = after_batches_of(4);
  const auto first = kStart + 1ms;
  stragglers.arrived(first + Stragglers::kLongest - 1us);
  CHECK(stragglers.awaited_until(first) == first + Stragglers::kLongest);
}

TEST_CASE("company is forgotten", "[db][stragglers]") {
  auto stragglers = after_batches_of(4);
  CHECK(stragglers.expected(kStart + 99ms));
  CHECK_FALSE(stragglers.expected(kStart + 100ms));
  for (int i = 0; i < 10; ++i) stragglers.begun(kStart + i * 1ms, 1);
  CHECK_FALSE(stragglers.expected(kStart + 10ms));
}

TEST_CASE("the lock is given up while others are awaited", "[db][stragglers]") {
  std::mutex mutex;
  std::unique_lock lock(mutex);
  Stragglers stragglers;
  const auto first = Stragglers::Steady::now();
  for (int i = 0; i < 10; ++i) stragglers.begun(first, 4);
  stragglers.arrived(first);
  stragglers.await(lock, first);
  CHECK(lock.owns_lock());
  CHECK(Stragglers::Steady::now() >= first + Stragglers::kGap);
}
