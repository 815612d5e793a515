#include "mercato/resilience/token_bucket.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <mutex>

#include "mercato/resilience/lru_map.hpp"

namespace mercato::resilience {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

// Requests of different keys rarely meet at one lock.
constexpr std::size_t kShards = 16;

struct Bucket {
  double tokens;
  SteadyTime filled_at;
};

struct Shard {
  explicit Shard(std::size_t capacity) : buckets(capacity) {}

  std::mutex mutex;
  LruMap<Bucket> buckets;
};

}  // namespace

struct RateLimiter::Impl {
  Impl(double rate_per_second, double bucket_size, std::size_t max_keys, const Clock& time)
      : rate(rate_per_second), burst(std::max(bucket_size, 1.0)), clock(time) {
    for (std::size_t i = 0; i < kShards; ++i)
      shards.emplace_back((max_keys + kShards - 1) / kShards);
  }

  double rate;
  double burst;
  const Clock& clock;
  std::deque<Shard> shards;  // a deque, since a shard cannot be moved
};

RateLimiter::RateLimiter(double rate_per_second, double burst, std::size_t max_keys,
                         const Clock& clock)
    : impl_(std::make_unique<Impl>(rate_per_second, burst, max_keys, clock)) {}

RateLimiter::~RateLimiter() = default;

std::chrono::milliseconds RateLimiter::take(std::string_view key) {
  if (impl_->rate <= 0) return std::chrono::milliseconds::zero();
  const auto now = impl_->clock.steady_now();
  auto& shard = impl_->shards[std::hash<std::string_view>{}(key) % kShards];
  const std::lock_guard lock(shard.mutex);
  auto* bucket = shard.buckets.find(key);
  // A forgotten bucket starts full again: room is made by the least used, who have the most left.
  if (bucket == nullptr) bucket = &shard.buckets.insert(key, {impl_->burst, now});
  const std::chrono::duration<double> since = now - bucket->filled_at;
  bucket->tokens = std::min(impl_->burst, bucket->tokens + since.count() * impl_->rate);
  bucket->filled_at = now;
  if (bucket->tokens >= 1) {
    bucket->tokens -= 1;
    return std::chrono::milliseconds::zero();
  }
  const auto wait_ms = std::ceil((1 - bucket->tokens) / impl_->rate * 1000);
  return std::chrono::milliseconds(std::max(1L, std::lround(wait_ms)));
}

}  // namespace mercato::resilience
