#include "storage/figures.hpp"

namespace order::storage {

namespace db = mercato::db;

constexpr db::Statement kOpenSagas{"count_open_sagas", R"(
  SELECT kind.name AS kind, (SELECT count(*) FROM saga WHERE saga.kind = kind.name) AS value
    FROM (VALUES ('checkout'), ('capture'), ('undo'), ('refund')) AS kind (name)
   ORDER BY kind.name)"};
constexpr db::Statement kOldestSagas{"age_open_sagas", R"(
  SELECT kind.name AS kind,
         coalesce((SELECT extract(epoch FROM now() - min(started_at))::bigint
                     FROM saga WHERE saga.kind = kind.name), 0) AS value
    FROM (VALUES ('checkout'), ('capture'), ('undo'), ('refund')) AS kind (name)
   ORDER BY kind.name)"};
constexpr db::Statement kParkedSagas{
    "count_parked_sagas",
    "SELECT count(*) AS value FROM saga WHERE parked_reason IS NOT NULL"};
constexpr db::Statement kStuckOrders{"count_stuck_orders", R"(
  SELECT count(*) AS value FROM orders
   WHERE status IN ('pending', 'cancelling') AND updated_at < now() - interval '1 minute')"};

// Counted no further than anybody needs to know.
constexpr db::Statement kPendingWebhooks{"count_pending_webhooks", R"(
  SELECT count(*) AS value
    FROM (SELECT FROM webhook_delivery WHERE status = 'pending' LIMIT 100000) AS counted)"};

std::vector<mercato::process::Figure> figures() {
  return {
      {"order_open_sagas", "Work that is owed to orders.", "kind", kOpenSagas},
      {"order_oldest_saga_seconds", "Age of the oldest of it.", "kind", kOldestSagas},
      {"order_parked_sagas", "Work that broke an invariant and waits for a person.", nullptr,
       kParkedSagas},
      {"order_stuck_orders", "Orders that did not move for a minute and should.", nullptr,
       kStuckOrders},
      {"order_pending_webhooks",
       "Deliveries that are owed to merchants' systems; 100,000 stands for more.", nullptr,
       kPendingWebhooks},
  };
}

}  // namespace order::storage
