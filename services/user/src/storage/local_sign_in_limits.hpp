#pragma once

#include <deque>
#include <mutex>

#include <mercato/clock/clock.hpp>
#include <mercato/resilience/lru_map.hpp>

#include "domain/sign_in_limits.hpp"

namespace user::storage {

// After the last free one each further attempt waits twice as long as the one before.
constexpr std::chrono::seconds kFirstDelay{5};
constexpr std::chrono::seconds kMaxDelay{60};

/// Sign-in limits of this process alone, for when Redis is away. Memory is bounded: the failures
/// that are longest ago are forgotten first. From any thread.
class LocalSignInLimits : public SignInLimits {
 public:
  explicit LocalSignInLimits(const mercato::Clock& clock);

  [[nodiscard]] std::optional<TooManyFailures> begin(const PasswordAttempt& attempt) override;
  void succeeded(const PasswordAttempt& attempt) override;

 private:
  using Steady = std::chrono::steady_clock;
  struct Failure {
    mercato::Uuid attempt;
    Steady::time_point at;
  };
  using Failures = std::deque<Failure>;
  using FailureMap = mercato::resilience::LruMap<Failures>;

  static Steady::duration wait(FailureMap& map, const std::string& key, const FailureLimit& limit,
                               Steady::time_point now);
  static void count(FailureMap& map, const std::string& key, const Failure& failure);

  const mercato::Clock& clock_;
  std::mutex mutex_;
  FailureMap of_accounts_;
  FailureMap of_addresses_;
};

}  // namespace user::storage
