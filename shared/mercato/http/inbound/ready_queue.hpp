#pragma once

#include <atomic>
#include <cstddef>
#include <deque>
#include <mutex>

namespace mercato::http::inbound {

struct Connection;

/// Connections with a whole request that found every worker busy. Bounded: what does not fit is
/// shed.
class ReadyQueue {
 public:
  explicit ReadyQueue(std::size_t capacity) : capacity_(capacity) {}

  /// False, and still the caller's, when full.
  [[nodiscard]] bool push(Connection& connection) {
    const std::lock_guard lock(mutex_);
    if (queue_.size() >= capacity_) return false;
    queue_.push_back(&connection);
    size_.store(queue_.size());
    return true;
  }

  /// The one that waited longest; nullptr when empty.
  [[nodiscard]] Connection* pop() {
    if (size_.load() == 0) return nullptr;  // the usual case, without the lock
    const std::lock_guard lock(mutex_);
    if (queue_.empty()) return nullptr;
    Connection* connection = queue_.front();
    queue_.pop_front();
    size_.store(queue_.size());
    return connection;
  }

  [[nodiscard]] std::size_t size() const { return size_.load(); }

 private:
  const std::size_t capacity_;
  std::mutex mutex_;
  std::deque<Connection*> queue_;
  std::atomic<std::size_t> size_{0};
};

}  // namespace mercato::http::inbound
