#include <support/catch.hpp>

#include <thread>

#include "mercato/threads/waiting.hpp"

using namespace mercato::threads;

namespace {

struct Count final : Understudy {
  int in = 0;
  int back = 0;
  void step_in() noexcept override { ++in; }
  void step_back() noexcept override { ++back; }
};

}  // namespace

TEST_CASE("an understudy steps in once, however deep its thread waits", "[threads]") {
  Count understudy;
  set_understudy(&understudy);
  {
    const Waiting outer;
    const Waiting inner;
    CHECK(understudy.in == 1);
    CHECK(understudy.back == 0);
  }
  CHECK(understudy.back == 1);
  set_understudy(nullptr);
  const Waiting alone;
  CHECK(understudy.in == 1);
}

TEST_CASE("an understudy is of one thread", "[threads]") {
  Count understudy;
  set_understudy(&understudy);
  std::thread([] { const Waiting waiting; }).join();
  CHECK(understudy.in == 0);
  set_understudy(nullptr);
}
