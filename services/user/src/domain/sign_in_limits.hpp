#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <mercato/id/uuid.hpp>

namespace user {

/// Somebody at `address` tries a password of `account` (which may not exist).
struct PasswordAttempt {
  mercato::Uuid id = mercato::Uuid::v7();
  std::string account;
  std::string address;
};

/// How many failures are free, in which time.
struct FailureLimit {
  std::string_view name;  // in the answer of who met it
  std::size_t failures = 0;
  std::chrono::seconds window{};
};
constexpr FailureLimit kAccountAndAddressLimit{"sign-in", 10, std::chrono::minutes(15)};
constexpr FailureLimit kAddressLimit{"sign-in-address", 100, std::chrono::hours(1)};

/// Somebody has to wait, since that limit was met.
struct TooManyFailures {
  std::chrono::seconds wait{};
  FailureLimit limit;
};

/// Slows down whoever guesses passwords: after too many failures from one address, for one account
/// or over all, each further attempt has to wait, a little longer each time and at most a minute.
/// Other addresses of the account are not affected. From any thread.
class SignInLimits {
 public:
  virtual ~SignInLimits() = default;
  /// Counts the attempt as a failure, before the password is looked at, so that many at once count
  /// as many; or says how long to wait, for the limit that takes longest, and counts nothing.
  [[nodiscard]] virtual std::optional<TooManyFailures> begin(const PasswordAttempt& attempt) = 0;
  /// It was no failure after all: the account's failures from this address are forgotten.
  virtual void succeeded(const PasswordAttempt& attempt) = 0;
};

}  // namespace user
