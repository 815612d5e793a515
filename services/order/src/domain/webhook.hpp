#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <mercato/clock/clock.hpp>

#include "domain/ids.hpp"

namespace order {

/// What merchants may be told of, by the names of the order events.
inline constexpr std::array<std::string_view, 7> kWebhookEvents{
    "order.created", "order.confirmed", "order.rejected", "order.cancelled",
    "order.shipped", "order.delivered", "order.refunded"};

[[nodiscard]] constexpr bool is_webhook_event(std::string_view name) {
  return std::find(kWebhookEvents.begin(), kWebhookEvents.end(), name) != kWebhookEvents.end();
}

inline constexpr std::size_t kMaxWebhookEndpoints = 100;

/// Where a merchant's system wants to be told of events.
struct WebhookEndpoint {
  WebhookEndpointId id;
  std::string url;
  std::vector<std::string> events;
  bool enabled = true;  // false once it answered 410 Gone
  mercato::Timestamp created_at{};
};

enum class DeliveryStatus { pending, succeeded, failed };

[[nodiscard]] constexpr std::string_view name(DeliveryStatus status) {
  switch (status) {
    case DeliveryStatus::pending:
      return "pending";
    case DeliveryStatus::succeeded:
      return "succeeded";
    case DeliveryStatus::failed:
      return "failed";
  }
  return "pending";
}

/// One event on its way to one endpoint, as the log shows it.
struct WebhookDelivery {
  WebhookDeliveryId id;
  mercato::Uuid event_id;
  std::string event;
  DeliveryStatus status = DeliveryStatus::pending;
  int attempts = 0;
  std::optional<int> response_status;  // of the last attempt; nothing if there was no answer
  std::optional<std::string> error;    // what went wrong with the last attempt
  std::optional<mercato::Timestamp> next_attempt_at;
  mercato::Timestamp created_at{};
};

}  // namespace order
