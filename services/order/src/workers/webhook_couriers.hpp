#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include <mercato/process/service.hpp>

#include "domain/deliver_webhook.hpp"
#include "storage/pg_delivery_store.hpp"
#include "workers/webhook_queue.hpp"

namespace order::workers {

/// The delivery of webhooks in this process: a planner that turns published events into deliveries
/// and puts endpoints with something due into the queue, a dispatcher that takes them out, and
/// threads that are made when they are first needed, each with one endpoint at a time. An endpoint
/// that hangs holds the threads that are at it until its deadline, then rests, and is asked by one
/// thread at a time from then on, so that it delays nobody else.
class WebhookCouriers {
 public:
  WebhookCouriers(storage::PgDeliveryStore& deliveries, DeliverWebhook& deliver,
                  WebhookQueue& queue, std::size_t max_threads);
  ~WebhookCouriers();
  WebhookCouriers(const WebhookCouriers&) = delete;
  WebhookCouriers& operator=(const WebhookCouriers&) = delete;

  void start();
  /// Begins nothing more; attempts under way go on, and are waited for at destruction.
  void stop();
  /// Something may be due.
  void wake() { planner_.wake(); }

 private:
  std::chrono::milliseconds plan();
  [[nodiscard]] std::chrono::milliseconds fan_out();
  std::chrono::milliseconds dispatch();
  void work();
  [[nodiscard]] bool await_thread();
  void hand_over(WebhookEndpointId endpoint);
  [[nodiscard]] std::optional<WebhookEndpointId> next();
  void serve(WebhookEndpointId endpoint);

  storage::PgDeliveryStore& deliveries_;
  DeliverWebhook& deliver_;
  WebhookQueue& queue_;
  std::size_t max_threads_;
  std::chrono::steady_clock::time_point pass_over_at_{};

  std::atomic<bool> stopping_{false};
  std::atomic<bool> anything_{false};  // somebody wants to be told
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<WebhookEndpointId> handed_over_;
  std::size_t idle_ = 0;
  std::vector<std::thread> threads_;
  mercato::process::Loop planner_;
  mercato::process::Loop dispatcher_;
};

}  // namespace order::workers
