#include "support/await.hpp"

#include <algorithm>
#include <thread>

namespace mercato::test {

bool await(const std::function<bool()>& condition, std::chrono::milliseconds timeout) {
  using namespace std::chrono_literals;
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  std::chrono::microseconds pause = 200us;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    // The only sleep of all tests: another process or a table tells nobody that it has changed.
    std::this_thread::sleep_for(pause);
    pause = std::min<std::chrono::microseconds>(pause * 2, 20ms);
  }
  return true;
}

}  // namespace mercato::test
