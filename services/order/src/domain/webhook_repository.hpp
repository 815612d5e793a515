#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "domain/answer.hpp"
#include "domain/webhook.hpp"

namespace order {

/// Endpoints and the log of what they were told. From any thread; throws mercato::Error 503 without
/// a database.
class WebhookRepository {
 public:
  virtual ~WebhookRepository() = default;

  struct Added {};
  struct TooMany {};  // there are kMaxWebhookEndpoints already
  struct Keyed {
    RequestKey key;
    Answer answer;  // holds the secret, and is kept sealed
  };
  /// Stores the endpoint with its secret, sealed, and the answer under its key, or nothing at all;
  /// if the key is taken, what it stands for.
  [[nodiscard]] virtual std::variant<Added, TooMany, KeyRecord> insert(
      const WebhookEndpoint& endpoint, const std::string& secret,
      const std::optional<Keyed>& keyed) = 0;
  [[nodiscard]] virtual std::optional<WebhookEndpoint> find(WebhookEndpointId id) = 0;
  /// Newest first, those before `before` in that order.
  [[nodiscard]] virtual std::vector<WebhookEndpoint> list(std::optional<WebhookEndpointId> before,
                                                          std::size_t limit) = 0;
  /// False if there is none. What is owed to it is owed no more.
  virtual bool remove(WebhookEndpointId id) = 0;

  /// Newest first, those before `before` in that order.
  [[nodiscard]] virtual std::vector<WebhookDelivery> list_deliveries(
      WebhookEndpointId endpoint, std::optional<WebhookDeliveryId> before, std::size_t limit) = 0;
  /// Makes a delivery due now, whatever became of it before, and enables its endpoint if it was
  /// disabled; nothing if there is no such delivery.
  [[nodiscard]] virtual std::optional<WebhookDelivery> redeliver(WebhookEndpointId endpoint,
                                                                 WebhookDeliveryId id) = 0;
};

}  // namespace order
