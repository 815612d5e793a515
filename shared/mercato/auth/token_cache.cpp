#include "mercato/auth/token_cache.hpp"

#include <functional>
#include <utility>

namespace mercato::auth {
namespace {

constexpr std::size_t kShards = 16;

}  // namespace

TokenCache::TokenCache(std::size_t max_tokens) {
  for (std::size_t i = 0; i < kShards; ++i)
    shards_.emplace_back((max_tokens + kShards - 1) / kShards);
}

std::optional<http::Caller> TokenCache::find(std::string_view token, const KeySet& keys,
                                             Timestamp now) {
  auto& shard = shard_of(token);
  const std::lock_guard lock(shard.mutex);
  const auto* const entry = shard.entries.find(token);
  if (entry == nullptr) return std::nullopt;
  if (entry->keys.get() == &keys && now < entry->caller.expires_at) return entry->caller;
  shard.entries.erase(token);
  return std::nullopt;
}

void TokenCache::insert(std::string_view token, std::shared_ptr<const KeySet> keys,
                        http::Caller caller) {
  auto& shard = shard_of(token);
  const std::lock_guard lock(shard.mutex);
  shard.entries.insert(token, {std::move(keys), std::move(caller)});
}

TokenCache::Shard& TokenCache::shard_of(std::string_view token) {
  // The end of a token is its signature, which differs; its beginning is much alike in all.
  constexpr std::size_t kTail = 16;
  const auto tail = token.substr(token.size() > kTail ? token.size() - kTail : 0);
  return shards_[std::hash<std::string_view>{}(tail) % kShards];
}

}  // namespace mercato::auth
