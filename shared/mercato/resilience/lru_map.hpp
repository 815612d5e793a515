#pragma once

#include <cstddef>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace mercato::resilience {

/// A map of at most `capacity` entries: the one that was not used for the longest makes room. One
/// thread at a time; a pointer it gave out is good until the next insert or clear.
template <class Value>
class LruMap {
 public:
  explicit LruMap(std::size_t capacity) : capacity_(capacity == 0 ? 1 : capacity) {}
  // The index points into the entries' own keys.
  LruMap(const LruMap&) = delete;
  LruMap& operator=(const LruMap&) = delete;

  /// Null if absent; otherwise the entry counts as just used.
  [[nodiscard]] Value* find(std::string_view key) {
    const auto found = index_.find(key);
    if (found == index_.end()) return nullptr;
    entries_.splice(entries_.begin(), entries_, found->second);
    return &found->second->second;
  }

  /// Replaces what was under the key.
  Value& insert(std::string_view key, Value value) {
    if (auto* const present = find(key)) return *present = std::move(value);
    if (index_.size() >= capacity_) {
      index_.erase(entries_.back().first);
      entries_.pop_back();
    }
    entries_.emplace_front(std::string(key), std::move(value));
    index_.emplace(entries_.front().first, entries_.begin());
    return entries_.front().second;
  }

  void erase(std::string_view key) {
    const auto found = index_.find(key);
    if (found == index_.end()) return;
    const auto entry = found->second;
    index_.erase(found);
    entries_.erase(entry);
  }

  [[nodiscard]] std::size_t size() const { return index_.size(); }

 private:
  using Entry = std::pair<const std::string, Value>;

  std::size_t capacity_;
  std::list<Entry> entries_;  // the last used one first
  std::unordered_map<std::string_view, typename std::list<Entry>::iterator> index_;
};

}  // namespace mercato::resilience
