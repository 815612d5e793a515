#include "storage/redis_sign_in_limits.hpp"

#include <mercato/crypto/crypto.hpp>

namespace user::storage {
namespace {

using std::chrono::milliseconds;

// A sorted set of failures by time for each key, by Redis's own clock. In one script, so that a
// hundred attempts at once count as a hundred. ARGV: attempt, first and longest delay, then for
// each key how many failures are free and for how long they count; times in milliseconds. Returns
// how long to wait, and for which key; zeros if there is no need. A failure that lies ahead is of
// before the clock was set back: waiting for it might last as long as that was.
constexpr const char* kBegin = R"lua(
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local left, longest = 0, 0
for i, key in ipairs(KEYS) do
  local free, window = tonumber(ARGV[2 + 2 * i]), tonumber(ARGV[3 + 2 * i])
  redis.call('ZREMRANGEBYSCORE', key, '-inf', now - window)
  redis.call('ZREMRANGEBYSCORE', key, '(' .. now, '+inf')
  local failures = redis.call('ZCARD', key)
  if failures >= free then
    local last = redis.call('ZRANGE', key, -1, -1, 'WITHSCORES')[2]
    local delay = math.min(ARGV[2] * 2 ^ (failures - free), tonumber(ARGV[3]))
    if last + delay - now > left then left, longest = last + delay - now, i end
  end
end
if left > 0 then return {math.ceil(left), longest} end
for i, key in ipairs(KEYS) do
  redis.call('ZADD', key, now, ARGV[1])
  redis.call('PEXPIRE', key, ARGV[3 + 2 * i])
end
return {0, 0}
)lua";

std::string hashed(const std::string& text) {
  return mercato::crypto::base64url(mercato::crypto::sha256(text));
}

std::string account_key(const PasswordAttempt& attempt) {
  return "user:failures:account:" + hashed(attempt.account + '\n' + attempt.address);
}

std::string address_key(const PasswordAttempt& attempt) {
  return "user:failures:address:" + hashed(attempt.address);
}

std::string milliseconds_of(milliseconds duration) {
  return std::to_string(duration.count());
}

}  // namespace

std::optional<TooManyFailures> RedisSignInLimits::begin(const PasswordAttempt& attempt) {
  const auto reply = redis_.command(
      {"EVAL", kBegin, "2", account_key(attempt), address_key(attempt), attempt.id.str(),
       milliseconds_of(kFirstDelay), milliseconds_of(kMaxDelay),
       std::to_string(kAccountAndAddressLimit.failures),
       milliseconds_of(kAccountAndAddressLimit.window), std::to_string(kAddressLimit.failures),
       milliseconds_of(kAddressLimit.window)});
  if (!reply || reply->items.size() != 2) return fallback_.begin(attempt);
  const auto left = reply->items[0].integer;
  if (left == 0) return std::nullopt;
  return TooManyFailures{std::chrono::ceil<std::chrono::seconds>(milliseconds(left)),
                         reply->items[1].integer == 2 ? kAddressLimit : kAccountAndAddressLimit};
}

void RedisSignInLimits::succeeded(const PasswordAttempt& attempt) {
  // An answer that does not come changes nothing: at worst one failure too many is counted.
  static_cast<void>(redis_.pipeline(
      {{"DEL", account_key(attempt)}, {"ZREM", address_key(attempt), attempt.id.str()}}));
  fallback_.succeeded(attempt);
}

}  // namespace user::storage
