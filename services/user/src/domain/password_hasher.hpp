#pragma once

#include <optional>
#include <string>

namespace user {

/// Slow on purpose. From any thread, but whoever calls bounds how many run at once.
class PasswordHasher {
 public:
  virtual ~PasswordHasher() = default;
  [[nodiscard]] virtual std::string hash(const std::string& password) = 0;
  /// Without a hash it is false, and takes as long as with one: nobody shall learn from the time
  /// whether an account exists.
  [[nodiscard]] virtual bool verify(const std::string& password,
                                    const std::optional<std::string>& hash) = 0;
};

}  // namespace user
