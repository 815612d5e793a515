#include "workers/webhook_couriers.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include <mercato/log/log.hpp>

namespace order::workers {
namespace {

using namespace std::chrono_literals;

constexpr auto kPlan = 250ms;
constexpr auto kPlanForNobody = 1'000ms;
constexpr auto kPlanAfterFailure = 1'000ms;
constexpr auto kPassOverEvery = 10s;
constexpr std::size_t kFanOutBatch = 5'000;
/// How many threads one endpoint gets at most, and how many deliveries each makes in a row.
constexpr std::size_t kLanes = 4;
constexpr int kInARow = 50;

}  // namespace

WebhookCouriers::WebhookCouriers(storage::PgDeliveryStore& deliveries, DeliverWebhook& deliver,
                                 WebhookQueue& queue, std::size_t max_threads)
    : deliveries_(deliveries),
      deliver_(deliver),
      queue_(queue),
      max_threads_(max_threads),
      planner_("webhook planner", [this] { return plan(); }),
      dispatcher_("webhook queue", [this] { return dispatch(); }) {}

WebhookCouriers::~WebhookCouriers() {
  stop();
  for (auto& thread : threads_) thread.join();
}

void WebhookCouriers::start() {
  planner_.start();
  dispatcher_.start();
}

void WebhookCouriers::stop() {
  {
    // Else whoever has just seen that it is not would miss the call, and wait for ever.
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  // First who waits for a thread no longer: it would not pause until it is told to end.
  dispatcher_.stop();
  planner_.stop();
}

std::chrono::milliseconds WebhookCouriers::plan() {
  anything_ = deliveries_.any_endpoint();
  if (!anything_) {
    const auto now = std::chrono::steady_clock::now();
    if (now >= pass_over_at_) {
      deliveries_.pass_over();
      pass_over_at_ = now + kPassOverEvery;
    }
    return kPlanForNobody;
  }
  const auto next = fan_out();
  for (const auto& endpoint : deliveries_.due_endpoints(kLanes)) {
    queue_.push(endpoint.id, endpoint.due);
  }
  return next;
}

/// When there may be more to do. News that cannot be told now keep nothing from being told that was
/// news before.
std::chrono::milliseconds WebhookCouriers::fan_out() {
  try {
    return deliveries_.fan_out(kFanOutBatch) ? 0ms : kPlan;
  } catch (const std::exception& error) {
    mercato::log::error("no webhooks could be made of what was published",
                        {{"error", error.what()}});
    return kPlanAfterFailure;
  }
}

std::chrono::milliseconds WebhookCouriers::dispatch() {
  if (!anything_) return kPlan;
  if (!await_thread()) return 0ms;
  if (const auto endpoint = queue_.pop(1s)) hand_over(*endpoint);
  return 0ms;
}

/// Only what can be worked on at once is taken from the queue: the rest is for other processes.
bool WebhookCouriers::await_thread() {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, 1s, [this] {
    return stopping_ || (!handed_over_ && (idle_ > 0 || threads_.size() < max_threads_));
  }) && !stopping_;
}

void WebhookCouriers::hand_over(WebhookEndpointId endpoint) {
  {
    const std::lock_guard lock(mutex_);
    handed_over_ = endpoint;
    if (idle_ == 0) threads_.emplace_back([this] { work(); });
  }
  changed_.notify_all();
}

void WebhookCouriers::work() {
  while (const auto endpoint = next()) serve(*endpoint);
}

std::optional<WebhookEndpointId> WebhookCouriers::next() {
  std::unique_lock lock(mutex_);
  ++idle_;
  changed_.notify_all();
  changed_.wait(lock, [this] { return stopping_ || handed_over_; });
  --idle_;
  if (stopping_) return std::nullopt;
  return std::exchange(handed_over_, std::nullopt);
}

void WebhookCouriers::serve(WebhookEndpointId endpoint) {
  try {
    for (int i = 0; i < kInARow && !stopping_; ++i) {
      if (!deliver_.deliver_next(endpoint)) return;
    }
    queue_.push(endpoint, 1);  // behind the others
  } catch (const std::exception& error) {
    mercato::log::warn("a webhook could not be delivered, it will be taken up again",
                       {{"endpoint_id", endpoint.str()}, {"error", error.what()}});
  }
}

}  // namespace order::workers
