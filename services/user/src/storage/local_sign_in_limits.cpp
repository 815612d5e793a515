#include "storage/local_sign_in_limits.hpp"

#include <algorithm>
#include <utility>

namespace user::storage {
namespace {

constexpr std::size_t kMaxKeys = 10'000;

std::string pair_of(const PasswordAttempt& attempt) {
  return attempt.account + '\n' + attempt.address;
}

std::chrono::seconds delay_after(std::size_t failures_too_many) {
  auto delay = kFirstDelay;
  while (failures_too_many-- > 0 && delay < kMaxDelay) delay *= 2;
  return std::min(delay, kMaxDelay);
}

}  // namespace

LocalSignInLimits::LocalSignInLimits(const mercato::Clock& clock)
    : clock_(clock), of_accounts_(kMaxKeys), of_addresses_(kMaxKeys) {}

std::optional<TooManyFailures> LocalSignInLimits::begin(const PasswordAttempt& attempt) {
  const auto now = clock_.steady_now();
  const auto account = pair_of(attempt);
  const std::lock_guard lock(mutex_);
  const auto of_account = wait(of_accounts_, account, kAccountAndAddressLimit, now);
  const auto of_address = wait(of_addresses_, attempt.address, kAddressLimit, now);
  const auto left = std::max(of_account, of_address);
  if (left > Steady::duration::zero()) {
    return TooManyFailures{std::chrono::ceil<std::chrono::seconds>(left),
                           of_address > of_account ? kAddressLimit : kAccountAndAddressLimit};
  }
  count(of_accounts_, account, {attempt.id, now});
  count(of_addresses_, attempt.address, {attempt.id, now});
  return std::nullopt;
}

void LocalSignInLimits::succeeded(const PasswordAttempt& attempt) {
  const std::lock_guard lock(mutex_);
  of_accounts_.erase(pair_of(attempt));
  if (auto* failures = of_addresses_.find(attempt.address)) {
    std::erase_if(*failures, [&](const Failure& each) { return each.attempt == attempt.id; });
  }
}

LocalSignInLimits::Steady::duration LocalSignInLimits::wait(FailureMap& map, const std::string& key,
                                                            const FailureLimit& limit,
                                                            Steady::time_point now) {
  auto* failures = map.find(key);
  if (failures == nullptr) return {};
  while (!failures->empty() && failures->front().at <= now - limit.window) failures->pop_front();
  if (failures->size() < limit.failures) return {};
  return failures->back().at + delay_after(failures->size() - limit.failures) - now;
}

void LocalSignInLimits::count(FailureMap& map, const std::string& key, const Failure& failure) {
  auto* failures = map.find(key);
  if (failures == nullptr) failures = &map.insert(key, {});
  failures->push_back(failure);
}

}  // namespace user::storage
