#include "storage/pg_webhook_repository.hpp"

#include <stdexcept>
#include <utility>

#include <mercato/json/json.hpp>

namespace order::storage {
namespace {

namespace db = mercato::db;

WebhookEndpoint read_endpoint(const db::Row& row) {
  WebhookEndpoint endpoint;
  endpoint.id = db::id<WebhookEndpointId>(row, "id");
  endpoint.url = db::text(row, "url");
  for (const auto& event : mercato::json::parse(db::text(row, "events"))) {
    endpoint.events.push_back(event.get<std::string>());
  }
  endpoint.enabled = db::boolean(row, "enabled");
  endpoint.created_at = db::timestamp(row, "created_at");
  return endpoint;
}

DeliveryStatus read_status(const db::Row& row) {
  const auto text = db::text(row, "status");
  for (const auto status :
       {DeliveryStatus::pending, DeliveryStatus::succeeded, DeliveryStatus::failed}) {
    if (name(status) == text) return status;
  }
  throw std::logic_error("unknown delivery status in the database");
}

WebhookDelivery read_delivery(const db::Row& row) {
  WebhookDelivery delivery;
  delivery.id = db::id<WebhookDeliveryId>(row, "id");
  delivery.event_id = db::uuid(row, "event_id");
  delivery.event = db::text(row, "event");
  delivery.status = read_status(row);
  delivery.attempts = static_cast<int>(db::integer(row, "attempts"));
  if (const auto status = db::optional_integer(row, "response_status")) {
    delivery.response_status = static_cast<int>(*status);
  }
  delivery.error = db::optional_text(row, "error");
  delivery.next_attempt_at = db::optional_timestamp(row, "next_attempt_at");
  delivery.created_at = db::timestamp(row, "created_at");
  return delivery;
}

}  // namespace

// One statement, so that neither the endpoint nor the answer under its key can exist alone.
constexpr db::Statement kInsertEndpoint{"insert_webhook_endpoint", R"(
  WITH room AS (SELECT count(*) < $6 AS is_left FROM webhook_endpoint),
  claimed AS (
    INSERT INTO idempotency_key (subject, key, fingerprint, status, content_type, location, body,
                                 sealed)
    SELECT $7::uuid, $8::text, $9::text, $10::int, $11::text, $12::text, $13::bytea, true
      FROM room WHERE is_left AND $7::uuid IS NOT NULL
    ON CONFLICT DO NOTHING RETURNING 1),
  added AS (
    INSERT INTO webhook_endpoint (id, url, events, sealed_secret, created_at)
    SELECT $1::uuid, $2::text, $3::text[], $4::bytea, $5::timestamptz FROM room
     WHERE is_left AND ($7::uuid IS NULL OR EXISTS (SELECT FROM claimed))
    RETURNING 1)
  SELECT is_left, (SELECT count(*) FROM added) AS added FROM room)"};

std::variant<WebhookRepository::Added, WebhookRepository::TooMany, KeyRecord>
PgWebhookRepository::insert(const WebhookEndpoint& endpoint, const std::string& secret,
                            const std::optional<Keyed>& keyed) {
  const auto sealed = db::bytea(sealer_.seal(secret, secret_context(endpoint.id)));
  const auto events = db::array(endpoint.events);
  const auto run = [&](const auto&... key) {
    return pool_.execute(kInsertEndpoint, endpoint.id, endpoint.url, events, sealed,
                         endpoint.created_at, kMaxWebhookEndpoints, key...);
  };
  const auto rows =
      keyed ? run(keyed->key.user, keyed->key.key, keyed->key.fingerprint, keyed->answer.status,
                  keyed->answer.content_type, keyed->answer.location,
                  db::bytea(sealer_.seal(keyed->answer.body,
                                         answer_context(keyed->key.user, keyed->key.key))))
            : run(std::nullopt, std::nullopt, std::nullopt, std::nullopt, std::nullopt,
                  std::nullopt, std::nullopt);
  if (db::integer(rows[0], "added") == 1) return Added{};
  if (!db::boolean(rows[0], "is_left")) return TooMany{};
  auto record = answers_.find(keyed->key.user, keyed->key.key);
  if (!record) throw request_in_progress();
  return std::move(*record);
}

constexpr db::Statement kFindEndpoint{"find_webhook_endpoint", R"(
  SELECT id, url, to_json(events) AS events, enabled, created_at
    FROM webhook_endpoint WHERE id = $1)"};

std::optional<WebhookEndpoint> PgWebhookRepository::find(WebhookEndpointId id) {
  const auto rows = pool_.execute(kFindEndpoint, id);
  return rows.empty() ? std::nullopt : std::optional(read_endpoint(rows[0]));
}

constexpr db::Statement kListEndpoints{"list_webhook_endpoints", R"(
  SELECT id, url, to_json(events) AS events, enabled, created_at FROM webhook_endpoint
   WHERE id < coalesce($1::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
   ORDER BY id DESC LIMIT $2)"};

std::vector<WebhookEndpoint> PgWebhookRepository::list(std::optional<WebhookEndpointId> before,
                                                       std::size_t limit) {
  std::vector<WebhookEndpoint> endpoints;
  for (const auto& row : pool_.execute(kListEndpoints, before, limit)) {
    endpoints.push_back(read_endpoint(row));
  }
  return endpoints;
}

constexpr db::Statement kDeleteEndpoint{"delete_webhook_endpoint",
                                        "DELETE FROM webhook_endpoint WHERE id = $1"};

bool PgWebhookRepository::remove(WebhookEndpointId id) {
  return db::affected_rows(pool_.execute(kDeleteEndpoint, id)) == 1;
}

constexpr db::Statement kListDeliveries{"list_webhook_deliveries", R"(
  SELECT id, event_id, event, status, attempts, response_status, error, next_attempt_at, created_at
    FROM webhook_delivery
   WHERE endpoint_id = $1 AND id < coalesce($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
   ORDER BY id DESC LIMIT $3)"};

std::vector<WebhookDelivery> PgWebhookRepository::list_deliveries(
    WebhookEndpointId endpoint, std::optional<WebhookDeliveryId> before, std::size_t limit) {
  std::vector<WebhookDelivery> deliveries;
  for (const auto& row : pool_.execute(kListDeliveries, endpoint, before, limit)) {
    deliveries.push_back(read_delivery(row));
  }
  return deliveries;
}

// An attempt under way keeps its lease: it may well be the one that is asked for.
constexpr db::Statement kRedeliver{"redeliver_webhook", R"(
  WITH asked AS (
    UPDATE webhook_delivery
       SET status = 'pending', tries = 0, next_attempt_at = now(),
           give_up_at = now() + $3 * interval '1 second'
     WHERE id = $2 AND endpoint_id = $1 AND EXISTS (SELECT FROM webhook_endpoint WHERE id = $1)
    RETURNING id, event_id, event, status, attempts, response_status, error, next_attempt_at,
              created_at),
  woken AS (
    UPDATE webhook_endpoint SET enabled = true, failures = 0, rest_until = now()
     WHERE id = $1 AND EXISTS (SELECT FROM asked))
  SELECT id, event_id, event, status, attempts, response_status, error, next_attempt_at, created_at
    FROM asked)"};

std::optional<WebhookDelivery> PgWebhookRepository::redeliver(WebhookEndpointId endpoint,
                                                              WebhookDeliveryId id) {
  const auto rows = pool_.execute(kRedeliver, endpoint, id, keep_trying_.count());
  return rows.empty() ? std::nullopt : std::optional(read_delivery(rows[0]));
}

}  // namespace order::storage
