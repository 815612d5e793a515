#include "mercato/resilience/backoff.hpp"

#include <algorithm>
#include <cstdint>
#include <random>

namespace mercato::resilience {
namespace {

// Beyond this many doublings every sensible base is over every sensible cap.
constexpr std::size_t kMaxDoublings = 20;

}  // namespace

std::chrono::milliseconds full_jitter(std::size_t attempt, std::chrono::milliseconds base,
                                      std::chrono::milliseconds cap) {
  const auto doublings = std::min(attempt, kMaxDoublings);
  const auto ceiling = std::min(cap, base * (std::int64_t{1} << doublings));
  if (ceiling.count() <= 0) return std::chrono::milliseconds::zero();
  // Spreading callers out needs no unpredictable numbers, only different ones on each thread.
  thread_local std::minstd_rand generator{std::random_device{}()};
  std::uniform_int_distribution<std::chrono::milliseconds::rep> uniform(0, ceiling.count());
  return std::chrono::milliseconds(uniform(generator));
}

}  // namespace mercato::resilience
