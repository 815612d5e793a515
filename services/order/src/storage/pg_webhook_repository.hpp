#pragma once

#include <mercato/db/pool.hpp>

#include "domain/webhook_repository.hpp"
#include "storage/pg_answer_store.hpp"
#include "storage/sealer.hpp"

namespace order::storage {

/// Webhook endpoints and their log in PostgreSQL. From any thread; does not own what it is given.
class PgWebhookRepository : public WebhookRepository {
 public:
  /// `keep_trying`: how long a delivery is attempted from when it is asked for by hand.
  PgWebhookRepository(mercato::db::Pool& pool, PgAnswerStore& answers, const Sealer& sealer,
                      std::chrono::seconds keep_trying)
      : pool_(pool), answers_(answers), sealer_(sealer), keep_trying_(keep_trying) {}

  [[nodiscard]] std::variant<Added, TooMany, KeyRecord> insert(
      const WebhookEndpoint& endpoint, const std::string& secret,
      const std::optional<Keyed>& keyed) override;
  [[nodiscard]] std::optional<WebhookEndpoint> find(WebhookEndpointId id) override;
  [[nodiscard]] std::vector<WebhookEndpoint> list(std::optional<WebhookEndpointId> before,
                                                  std::size_t limit) override;
  bool remove(WebhookEndpointId id) override;
  [[nodiscard]] std::vector<WebhookDelivery> list_deliveries(
      WebhookEndpointId endpoint, std::optional<WebhookDeliveryId> before,
      std::size_t limit) override;
  [[nodiscard]] std::optional<WebhookDelivery> redeliver(WebhookEndpointId endpoint,
                                                         WebhookDeliveryId id) override;

 private:
  mercato::db::Pool& pool_;
  PgAnswerStore& answers_;
  const Sealer& sealer_;
  std::chrono::seconds keep_trying_;
};

}  // namespace order::storage
