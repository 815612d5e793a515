#pragma once

#include <string>

#include "domain/password_hasher.hpp"

namespace user::security {

/// Passwords under Argon2id. Immutable, so from any thread; each call takes 19 MiB while it lasts.
class Argon2Passwords : public PasswordHasher {
 public:
  Argon2Passwords();

  [[nodiscard]] std::string hash(const std::string& password) override;
  [[nodiscard]] bool verify(const std::string& password,
                            const std::optional<std::string>& hash) override;

 private:
  const std::string nobodys_hash_;  // of a password that nobody knows
};

}  // namespace user::security
