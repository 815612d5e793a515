#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <mercato/auth/jwt.hpp>
#include <mercato/clock/clock.hpp>
#include <mercato/crypto/crypto.hpp>

namespace user::security {

/// A key that signs from its time on, until the next one's time has come.
struct SigningKey {
  std::string kid;
  mercato::crypto::PrivateKey key;
  mercato::Timestamp signs_from{};
  bool to_withdraw = false;  // once the next one signs
};

/// How keys take turns.
struct KeySchedule {
  std::chrono::seconds signs_for{};         // how long a key signs
  std::chrono::seconds published_before{};  // how long before it signs it can be seen
  std::chrono::seconds published_after{};   // how long after, for the last tokens it signed
};

/// The keys of access tokens as this process knows them: the one that signs now, and the set that
/// everybody verifies with. Empty until the first replace(). From any thread.
class SigningKeys {
 public:
  explicit SigningKeys(const mercato::Clock& clock) : clock_(clock) {}

  /// All keys that are published, in any order.
  void replace(std::vector<SigningKey> keys);

  /// The key to sign with now.
  [[nodiscard]] std::optional<SigningKey> current() const;
  /// Null while there are none. The same object as long as the set is the same.
  [[nodiscard]] std::shared_ptr<const mercato::auth::KeySet> published() const;

 private:
  const mercato::Clock& clock_;
  mutable std::mutex mutex_;
  std::vector<SigningKey> keys_;  // in the order of their times
  std::shared_ptr<const mercato::auth::KeySet> published_;
};

}  // namespace user::security
