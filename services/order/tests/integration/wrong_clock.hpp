#pragma once

#include <chrono>

#include <mercato/clock/clock.hpp>

namespace order::test {

/// An hour fast or slow.
class WrongClock : public mercato::Clock {
 public:
  explicit WrongClock(int by_hours) : by_(by_hours) {}
  [[nodiscard]] mercato::Timestamp now() const override {
    return mercato::system_clock().now() + by_;
  }
  [[nodiscard]] std::chrono::steady_clock::time_point steady_now() const override {
    return mercato::system_clock().steady_now();
  }

 private:
  std::chrono::hours by_;
};

}  // namespace order::test
