#include "security/signing_keys.hpp"

#include <algorithm>
#include <utility>

namespace user::security {

namespace auth = mercato::auth;

void SigningKeys::replace(std::vector<SigningKey> keys) {
  const auto by_time = [](const SigningKey& a, const SigningKey& b) {
    return a.signs_from < b.signs_from;
  };
  std::sort(keys.begin(), keys.end(), by_time);
  std::vector<auth::VerificationKey> public_keys;
  public_keys.reserve(keys.size());
  for (const auto& key : keys) public_keys.push_back({key.kid, {}, key.key.public_key()});
  auto published = std::make_shared<const auth::KeySet>(std::move(public_keys));

  const std::lock_guard lock(mutex_);
  const bool same = std::equal(keys.begin(), keys.end(), keys_.begin(), keys_.end(),
                               [](const auto& a, const auto& b) { return a.kid == b.kid; });
  keys_ = std::move(keys);  // the same keys may have other times
  if (!same) published_ = std::move(published);
}

std::optional<SigningKey> SigningKeys::current() const {
  const auto now = clock_.now();
  const std::lock_guard lock(mutex_);
  const auto next = std::find_if(keys_.begin(), keys_.end(),
                                 [now](const SigningKey& key) { return key.signs_from > now; });
  if (next != keys_.begin()) return *std::prev(next);
  // A clock that is behind the database's by more than the first key is old.
  return keys_.empty() ? std::nullopt : std::optional<SigningKey>(keys_.front());
}

std::shared_ptr<const auth::KeySet> SigningKeys::published() const {
  const std::lock_guard lock(mutex_);
  return published_;
}

}  // namespace user::security
