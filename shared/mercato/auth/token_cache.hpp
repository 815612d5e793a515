#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "mercato/auth/jwt.hpp"
#include "mercato/http/message.hpp"
#include "mercato/resilience/lru_map.hpp"

namespace mercato::auth {

/// Callers whose tokens were verified, so that a signature is checked once and not with every
/// request. An entry counts only until its token expires, and only under the very key set that
/// verified it: when a key is withdrawn, so is everything it vouched for. Bounded; any thread.
class TokenCache {
 public:
  explicit TokenCache(std::size_t max_tokens);

  [[nodiscard]] std::optional<http::Caller> find(std::string_view token, const KeySet& keys,
                                                 Timestamp now);
  void insert(std::string_view token, std::shared_ptr<const KeySet> keys, http::Caller caller);

 private:
  struct Entry {
    std::shared_ptr<const KeySet> keys;
    http::Caller caller;
  };
  struct Shard {
    explicit Shard(std::size_t capacity) : entries(capacity) {}
    std::mutex mutex;
    resilience::LruMap<Entry> entries;
  };

  Shard& shard_of(std::string_view token);

  std::deque<Shard> shards_;  // a deque, since a shard cannot be moved
};

}  // namespace mercato::auth
