#pragma once

#include <mercato/redis/client.hpp>

#include "storage/local_sign_in_limits.hpp"

namespace user::storage {

/// Sign-in limits that all replicas share, kept in Redis; while that is away, each process counts
/// for itself. Keys are hashes: Redis learns no e-mail address. From any thread; owns neither.
class RedisSignInLimits : public SignInLimits {
 public:
  RedisSignInLimits(mercato::redis::Client& redis, SignInLimits& fallback)
      : redis_(redis), fallback_(fallback) {}

  [[nodiscard]] std::optional<TooManyFailures> begin(const PasswordAttempt& attempt) override;
  void succeeded(const PasswordAttempt& attempt) override;

 private:
  mercato::redis::Client& redis_;
  SignInLimits& fallback_;
};

}  // namespace user::storage
