#pragma once

#include <chrono>
#include <optional>
#include <string>

#include <mercato/id/uuid.hpp>

namespace user {

/// Somebody at `address` tries a password of `account` (which may not exist).
struct PasswordAttempt {
  mercato::Uuid id = mercato::Uuid::v7();
  std::string account;
  std::string address;
};

/// Slows down whoever guesses passwords: after too many failures from one address, for one account
/// or over all, each further attempt has to wait, a little longer each time and at most a minute.
/// Other addresses of the account are not affected. From any thread.
class SignInLimits {
 public:
  virtual ~SignInLimits() = default;
  /// Counts the attempt as a failure, before the password is looked at, so that many at once count
  /// as many; or says how long to wait, and counts nothing.
  [[nodiscard]] virtual std::optional<std::chrono::seconds> begin(
      const PasswordAttempt& attempt) = 0;
  /// It was no failure after all: the account's failures from this address are forgotten.
  virtual void succeeded(const PasswordAttempt& attempt) = 0;
};

}  // namespace user
