#pragma once

#include <chrono>
#include <cstddef>
#include <vector>

#include <mercato/db/pool.hpp>

#include "domain/deliver_webhook.hpp"
#include "storage/sealer.hpp"

namespace order::storage {

/// Deliveries in PostgreSQL: made from the outbox, leased, and written down. From any thread; does
/// not own what it is given.
class PgDeliveryStore : public DeliveryStore {
 public:
  /// `keep_trying`: how long a delivery is attempted.
  PgDeliveryStore(mercato::db::Pool& pool, const Sealer& sealer, std::chrono::seconds keep_trying)
      : pool_(pool), sealer_(sealer), keep_trying_(keep_trying) {}

  [[nodiscard]] std::optional<DueDelivery> claim(WebhookEndpointId endpoint) override;
  void delivered(const DueDelivery& delivery, const Delivered& answer) override;
  void not_delivered(const DueDelivery& delivery, const NotDelivered& answer,
                     const RetryPlan& plan) override;

  /// Whether anybody wants to be told of anything.
  [[nodiscard]] bool any_endpoint();
  /// Makes deliveries of the next events that were published since the last call, by whichever
  /// process, up to some `limit` deliveries or megabytes; whether there may be more of them. Each
  /// event is taken exactly once.
  bool fan_out(std::size_t limit);
  /// Passes over what was published, while nobody wants to be told.
  void pass_over();

  struct DueEndpoint {
    WebhookEndpointId id;
    std::size_t due = 0;  // counted up to `count_limit`
  };
  /// Endpoints that something is due to and nobody is at.
  [[nodiscard]] std::vector<DueEndpoint> due_endpoints(std::size_t count_limit);

  /// Gives up to `limit` deliveries up whose time has run out; how many there were.
  std::size_t give_up_overdue(std::size_t limit);
  /// Gives up to `limit` deliveries up whose endpoint was disabled or deleted; how many there were.
  std::size_t give_up_unwanted(std::size_t limit);
  /// Forgets up to `limit` deliveries older than `age` that are not pending; how many there were.
  std::size_t prune(std::chrono::seconds age, std::size_t limit);

 private:
  mercato::db::Pool& pool_;
  const Sealer& sealer_;
  std::chrono::seconds keep_trying_;
};

}  // namespace order::storage
