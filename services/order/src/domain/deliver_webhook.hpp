#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <variant>

#include "domain/webhook.hpp"

namespace order {

/// A delivery that this process has leased: it is ours to attempt until the lease runs out.
struct DueDelivery {
  WebhookDeliveryId id;
  WebhookEndpointId endpoint;
  mercato::Uuid event_id;
  std::string url;
  std::string secret;  // "whsec_…"
  std::string body;
  std::string trace_id;  // in which the event came about
  int tries = 1;              // since it was made, or asked for by hand; this one counts
  int endpoint_failures = 0;  // attempts in a row before this one
  bool cut_short = false;     // the last attempt's outcome was never written down; `tries` is its
};

/// What became of an attempt.
struct Delivered {
  int status = 200;
};
struct NotDelivered {
  std::optional<int> status;  // nothing: no answer
  std::string error;
  bool gone = false;  // 410: the endpoint wants to hear nothing any more
  std::optional<std::chrono::seconds> retry_after;
};
using Attempt = std::variant<Delivered, NotDelivered>;

/// Says something to an endpoint, signed. From any thread; never throws for network reasons.
class WebhookSender {
 public:
  virtual ~WebhookSender() = default;
  [[nodiscard]] virtual Attempt send(const DueDelivery& delivery, mercato::Timestamp at) = 0;
};

/// What is to be done after a failed attempt, counted from when it is written down: the store goes
/// by one clock, which is not ours.
struct RetryPlan {
  std::optional<std::chrono::milliseconds> next_attempt_in;  // nothing: given up
  std::chrono::milliseconds endpoint_rests_for{};
};

/// Deliveries as work. Each function is one transaction. From any thread.
class DeliveryStore {
 public:
  virtual ~DeliveryStore() = default;
  /// Leases the endpoint's next due delivery, and counts the attempt before it is made, unless the
  /// one before was cut short: that is still to be written down. Nothing if there is none, if the
  /// endpoint rests or is disabled, or if its last attempt failed and another one is under way.
  [[nodiscard]] virtual std::optional<DueDelivery> claim(WebhookEndpointId endpoint) = 0;
  virtual void delivered(const DueDelivery& delivery, const Delivered& answer) = 0;
  /// As planned, or given up if the next attempt would come too late.
  virtual void not_delivered(const DueDelivery& delivery, const NotDelivered& answer,
                             const RetryPlan& plan) = 0;
};

/// How long to wait before retry number `tries`, 1 for the first: `first`, and four times as long
/// each time, up to 8 h, give or take a fifth. With 5 s at first there are some 15 attempts in 3
/// days. `dice` is from [0, 1).
[[nodiscard]] std::chrono::milliseconds webhook_retry_delay(int tries, std::chrono::seconds first,
                                                            double dice);
/// How long an endpoint is left alone after so many failures in a row: a second, doubled each time,
/// up to a minute. One that hangs then costs little, and hears from us soon after it is back.
[[nodiscard]] std::chrono::milliseconds webhook_rest(int failures);

/// One attempt after the other, for one endpoint.
///
/// From any thread. Does not own what it is given.
class DeliverWebhook {
 public:
  /// `dice` gives numbers from [0, 1); from any thread.
  DeliverWebhook(DeliveryStore& store, WebhookSender& sender, const mercato::Clock& clock,
                 std::chrono::seconds first_retry, double (*dice)())
      : store_(store), sender_(sender), clock_(clock), first_retry_(first_retry), dice_(dice) {}

  /// Attempts the endpoint's next due delivery; false if nothing was to be done, or it failed. An
  /// attempt that was cut short failed as well: an answer that ends the process which reads it must
  /// not be asked for again and again.
  bool deliver_next(WebhookEndpointId endpoint);

 private:
  [[nodiscard]] RetryPlan plan(const DueDelivery& delivery, const NotDelivered& failure) const;

  DeliveryStore& store_;
  WebhookSender& sender_;
  const mercato::Clock& clock_;
  std::chrono::seconds first_retry_;
  double (*dice_)();
};

}  // namespace order
