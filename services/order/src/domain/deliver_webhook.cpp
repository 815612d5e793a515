#include "domain/deliver_webhook.hpp"

#include <algorithm>

namespace order {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLongestDelay = std::chrono::hours(8);
constexpr milliseconds kFirstRest{1'000};
constexpr milliseconds kLongestRest{60'000};
/// Nobody is waited for longer because he asks for it.
constexpr std::chrono::seconds kLongestRetryAfter = std::chrono::hours(8);

}  // namespace

milliseconds webhook_retry_delay(int tries, std::chrono::seconds first, double dice) {
  milliseconds delay = first;
  for (int i = 1; i < tries && delay < kLongestDelay; ++i) delay *= 4;
  delay = std::min(delay, kLongestDelay);
  const auto spread = static_cast<double>(delay.count()) * 0.2 * (2.0 * dice - 1.0);
  return delay + milliseconds(static_cast<milliseconds::rep>(spread));
}

milliseconds webhook_rest(int failures) {
  constexpr int kEnough = 10;  // doublings that are over the longest rest in any case
  const auto doublings = std::clamp(failures - 1, 0, kEnough);
  return std::min(kLongestRest, kFirstRest * (std::int64_t{1} << doublings));
}

bool DeliverWebhook::deliver_next(WebhookEndpointId endpoint) {
  const auto due = store_.claim(endpoint);
  if (!due) return false;
  const Attempt attempt = due->cut_short
                              ? NotDelivered{std::nullopt, "cut short", false, std::nullopt}
                              : sender_.send(*due, clock_.now());
  if (const auto* delivered = std::get_if<Delivered>(&attempt)) {
    store_.delivered(*due, *delivered);
    return true;
  }
  const auto& failure = std::get<NotDelivered>(attempt);
  store_.not_delivered(*due, failure, plan(*due, failure));
  return false;
}

RetryPlan DeliverWebhook::plan(const DueDelivery& delivery, const NotDelivered& failure) const {
  RetryPlan plan;
  plan.endpoint_rests_for = webhook_rest(delivery.endpoint_failures + 1);
  if (failure.gone) return plan;
  auto delay = webhook_retry_delay(delivery.tries, first_retry_, dice_());
  if (failure.retry_after) {
    delay = std::max<milliseconds>(delay, std::min(*failure.retry_after, kLongestRetryAfter));
  }
  plan.next_attempt_in = delay;
  return plan;
}

}  // namespace order
