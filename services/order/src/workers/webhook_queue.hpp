#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <mercato/redis/client.hpp>

#include "domain/ids.hpp"

namespace order::workers {

/// Endpoints that have something due, shared by all processes through a sorted set in Redis, oldest
/// first. It only distributes the work: PostgreSQL knows what is due, whoever takes an endpoint has
/// to claim its deliveries there, and what Redis forgets is put in again. Without Redis the work
/// stays in the process that found it. From any thread.
class WebhookQueue {
 public:
  explicit WebhookQueue(mercato::redis::Client& redis) : redis_(redis) {}

  /// Puts an endpoint in so that up to `lanes` takers get it; what is in already stays where it is.
  void push(WebhookEndpointId endpoint, std::size_t lanes);
  /// Waits until there is one, or `patience` is over (it is what Redis is asked to wait).
  [[nodiscard]] std::optional<WebhookEndpointId> pop(std::chrono::seconds patience);

 private:
  [[nodiscard]] std::optional<std::string> pop_local(std::chrono::milliseconds patience);

  mercato::redis::Client& redis_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::set<std::string> local_;
};

}  // namespace order::workers
