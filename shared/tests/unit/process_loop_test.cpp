#include <support/catch.hpp>

#include <atomic>
#include <chrono>
#include <latch>
#include <semaphore>
#include <stdexcept>

#include "mercato/process/service.hpp"

using namespace mercato;
using namespace std::chrono_literals;

TEST_CASE("a loop runs its step again when it says so", "[process]") {
  std::latch three(3);
  std::atomic<int> runs{0};
  process::Loop loop("count", [&] {
    if (++runs <= 3) three.count_down();
    return runs < 3 ? 0ms : 1h;
  });
  loop.start();
  three.wait();
  loop.stop();
  CHECK(runs == 3);
}

TEST_CASE("waking a loop cuts its wait short", "[process]") {
  std::counting_semaphore<> ran(0);
  process::Loop loop("sleepy", [&] {
    ran.release();
    return 1h;
  });
  loop.start();
  REQUIRE(ran.try_acquire_for(5s));
  loop.wake();
  CHECK(ran.try_acquire_for(5s));
}

TEST_CASE("a wake-up during a step is not lost", "[process]") {
  std::counting_semaphore<> ran(0);
  std::atomic<process::Loop*> self{nullptr};
  std::atomic<bool> woken{false};
  process::Loop loop("self", [&] {
    if (!woken.exchange(true)) self.load()->wake();
    ran.release();
    return 1h;
  });
  self = &loop;
  loop.start();
  REQUIRE(ran.try_acquire_for(5s));
  CHECK(ran.try_acquire_for(5s));
}

TEST_CASE("a step that throws does not end its loop", "[process]") {
  std::counting_semaphore<> ran(0);
  process::Loop loop("clumsy", [&]() -> std::chrono::milliseconds {
    ran.release();
    throw std::runtime_error("oops");
  });
  loop.start();
  REQUIRE(ran.try_acquire_for(5s));
  loop.wake();
  CHECK(ran.try_acquire_for(5s));
}

TEST_CASE("a stopped loop can be started again", "[process]") {
  std::counting_semaphore<> ran(0);
  process::Loop loop("again", [&] {
    ran.release();
    return 1h;
  });
  loop.start();
  REQUIRE(ran.try_acquire_for(5s));
  loop.stop();
  loop.start();
  CHECK(ran.try_acquire_for(5s));
}
