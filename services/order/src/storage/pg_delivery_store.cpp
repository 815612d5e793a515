#include "storage/pg_delivery_store.hpp"

#include <algorithm>
#include <utility>

#include <mercato/json/json.hpp>

namespace order::storage {
namespace {

namespace db = mercato::db;

/// Longer than an attempt can take; after a crash the delivery is attempted again this much later.
constexpr int kLeaseS = 30;

/// Of events that are turned into deliveries at once.
constexpr std::size_t kMostEvents = 500;
/// Of what is written with that, as it is stored. The event that takes it past this is the last: of
/// a large order one may have 70 KB, for each endpoint.
constexpr std::size_t kMostBytes = std::size_t{4} * 1024 * 1024;

/// The body of a delivery, in the form that Standard Webhooks suggests.
std::string body_of(const db::Row& event) {
  const auto quoted = [](const std::string& text) {
    return mercato::json::dump(mercato::json::Value(text));
  };
  return "{\"id\":" + quoted(db::text(event, "event_id")) +
         ",\"type\":" + quoted(db::text(event, "type")) +
         ",\"timestamp\":" + quoted(mercato::to_rfc3339(db::timestamp(event, "occurred_at"))) +
         ",\"data\":" + db::text(event, "data") + "}";
}

struct DeliveryColumns {
  std::vector<WebhookDeliveryId> ids;
  std::vector<WebhookEndpointId> endpoints;
  std::vector<mercato::Uuid> events;
  std::vector<std::string> types;
  std::vector<std::string> bodies;
  std::vector<std::string> traces;
};

}  // namespace

// An endpoint whose last attempt failed is asked by one at a time: one that hangs must not take all
// threads with it.
constexpr db::Statement kClaimDelivery{"claim_webhook_delivery", R"(
  WITH next AS (
    SELECT d.id, e.url, e.sealed_secret, e.failures, d.leased_until IS NOT NULL AS cut_short
      FROM webhook_endpoint AS e JOIN webhook_delivery AS d ON d.endpoint_id = e.id
     WHERE e.id = $1 AND e.enabled AND e.rest_until <= now()
       AND d.status = 'pending' AND d.next_attempt_at <= now() AND d.give_up_at > now()
       AND (d.leased_until IS NULL OR d.leased_until < now())
       AND (e.failures = 0
            OR NOT EXISTS (SELECT FROM webhook_delivery AS other
                            WHERE other.endpoint_id = e.id AND other.status = 'pending'
                              AND other.leased_until > now()))
     ORDER BY d.next_attempt_at, d.id LIMIT 1 FOR UPDATE OF d SKIP LOCKED)
  UPDATE webhook_delivery AS d
     SET leased_until = now() + $2 * interval '1 second',
         attempts = attempts + CASE WHEN next.cut_short THEN 0 ELSE 1 END,
         tries = tries + CASE WHEN next.cut_short THEN 0 ELSE 1 END
    FROM next WHERE d.id = next.id
  RETURNING d.id, d.event_id, d.body, d.trace_id, d.tries, next.url, next.sealed_secret,
            next.failures, next.cut_short)"};

std::optional<DueDelivery> PgDeliveryStore::claim(WebhookEndpointId endpoint) {
  const auto rows = pool_.execute(kClaimDelivery, endpoint, kLeaseS);
  if (rows.empty()) return std::nullopt;
  const auto& row = rows[0];
  DueDelivery due;
  due.id = db::id<WebhookDeliveryId>(row, "id");
  due.endpoint = endpoint;
  due.event_id = db::uuid(row, "event_id");
  due.url = db::text(row, "url");
  due.secret =
      sealer_.unseal(db::parse_bytea(db::text(row, "sealed_secret")), secret_context(endpoint));
  due.body = db::text(row, "body");
  due.trace_id = db::text(row, "trace_id");
  due.tries = static_cast<int>(db::integer(row, "tries"));
  due.endpoint_failures = static_cast<int>(db::integer(row, "failures"));
  due.cut_short = db::boolean(row, "cut_short");
  return due;
}

constexpr db::Statement kDelivered{"webhook_delivered", R"(
  WITH told AS (
    UPDATE webhook_delivery
       SET status = 'succeeded', response_status = $3, error = NULL, next_attempt_at = NULL,
           leased_until = NULL
     WHERE id = $1)
  UPDATE webhook_endpoint SET failures = 0, rest_until = now() WHERE id = $2 AND failures > 0)"};

void PgDeliveryStore::delivered(const DueDelivery& delivery, const Delivered& answer) {
  pool_.execute(kDelivered, delivery.id, delivery.endpoint, answer.status);
}

// What was asked for by hand meanwhile (tries is 0 again) stays due.
constexpr db::Statement kNotDelivered{"webhook_not_delivered", R"(
  WITH attempted AS (
    UPDATE webhook_delivery
       SET response_status = $3, error = $4, leased_until = NULL,
           status = CASE WHEN tries = 0 OR next.at < give_up_at THEN 'pending'
                         ELSE 'failed' END,
           next_attempt_at = CASE WHEN tries = 0 THEN next_attempt_at
                                  WHEN next.at < give_up_at THEN next.at END
      FROM (SELECT now() + $5 * interval '1 millisecond' AS at) AS next
     WHERE id = $1 AND status = 'pending')
  UPDATE webhook_endpoint
     SET failures = failures + 1, rest_until = now() + $6 * interval '1 millisecond',
         enabled = enabled AND NOT $7
   WHERE id = $2)"};

void PgDeliveryStore::not_delivered(const DueDelivery& delivery, const NotDelivered& answer,
                                    const RetryPlan& plan) {
  const auto& next = plan.next_attempt_in;
  pool_.execute(kNotDelivered, delivery.id, delivery.endpoint, answer.status, answer.error,
                next ? std::optional(next->count()) : std::nullopt, plan.endpoint_rests_for.count(),
                answer.gone);
}

constexpr db::Statement kAnyEndpoint{
    "any_webhook_endpoint", "SELECT EXISTS (SELECT FROM webhook_endpoint WHERE enabled) AS found"};

bool PgDeliveryStore::any_endpoint() {
  return db::boolean(pool_.execute(kAnyEndpoint)[0], "found");
}

// One process at a time makes deliveries; the others find the row locked and have nothing to do.
constexpr db::Statement kLockProgress{"lock_webhook_progress", R"(
  SELECT published_seq, (SELECT count(*) FROM webhook_endpoint WHERE enabled) AS endpoints
    FROM webhook_progress WHERE id = 1 FOR UPDATE SKIP LOCKED)"};

// What data takes up where it is stored, compressed, is known without reading it.
constexpr db::Statement kReadNews{"read_webhook_news", R"(
  SELECT o.published_seq, o.event_id, o.type, o.data, o.trace_id, o.occurred_at,
         o.bytes >= $3 AS is_full, e.id AS endpoint_id
    FROM (SELECT published_seq, event_id, type, data, trace_id, occurred_at,
                 sum(pg_column_size(data)) OVER (ORDER BY published_seq) AS bytes
            FROM outbox WHERE published_seq > $1 ORDER BY published_seq LIMIT $2) AS o
    LEFT JOIN webhook_endpoint AS e
           ON e.enabled AND o.type = ANY (e.events) AND o.published_seq > e.told_after
   WHERE o.bytes - pg_column_size(o.data) < $3
   ORDER BY o.published_seq, e.id)"};

constexpr db::Statement kInsertDeliveries{"insert_webhook_deliveries", R"(
  INSERT INTO webhook_delivery (id, endpoint_id, event_id, event, body, trace_id, status,
                                next_attempt_at, give_up_at, created_at)
  SELECT d.id, d.endpoint_id, d.event_id, d.event, d.body, d.trace_id, 'pending', now(),
         now() + $7 * interval '1 second', now()
    FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[])
         AS d (id, endpoint_id, event_id, event, body, trace_id)
  ON CONFLICT (endpoint_id, event_id) DO NOTHING)"};

constexpr db::Statement kKeepFanOutProgress{
    "keep_webhook_progress", "UPDATE webhook_progress SET published_seq = $1 WHERE id = 1"};

bool PgDeliveryStore::fan_out(std::size_t limit) {
  return pool_.transact([&](db::Transaction& transaction) {
    const auto progress = transaction.execute(kLockProgress);
    if (progress.empty()) return false;
    std::int64_t last = db::integer(progress[0], "published_seq");
    // Each endpoint may want each event, and too much takes longer than a statement may.
    const auto endpoints =
        std::max<std::size_t>(static_cast<std::size_t>(db::integer(progress[0], "endpoints")), 1);
    const auto most_events = std::clamp<std::size_t>(limit / endpoints, 1, kMostEvents);
    std::size_t events = 0;
    bool is_full = false;
    DeliveryColumns made;
    for (const auto& row :
         transaction.execute(kReadNews, last, most_events, kMostBytes / endpoints)) {
      const auto seq = db::integer(row, "published_seq");
      if (seq != last) ++events;
      last = seq;
      is_full = db::boolean(row, "is_full");
      const auto endpoint = db::optional_uuid(row, "endpoint_id");
      if (!endpoint) continue;
      made.ids.push_back(WebhookDeliveryId::make());
      made.endpoints.emplace_back(*endpoint);
      made.events.push_back(db::uuid(row, "event_id"));
      made.types.push_back(db::text(row, "type"));
      made.bodies.push_back(body_of(row));
      made.traces.push_back(db::text(row, "trace_id"));
    }
    if (events == 0) return false;
    if (!made.ids.empty()) {
      transaction.execute(kInsertDeliveries, db::array(made.ids), db::array(made.endpoints),
                          db::array(made.events), db::array(made.types), db::array(made.bodies),
                          db::array(made.traces), keep_trying_.count());
    }
    transaction.execute(kKeepFanOutProgress, last);
    return is_full || events == most_events;
  });
}

constexpr db::Statement kPassOver{"pass_over_webhook_news", R"(
  UPDATE webhook_progress SET published_seq = news.last
    FROM (SELECT max(published_seq) AS last FROM outbox) AS news
   WHERE id = 1 AND webhook_progress.published_seq < news.last
     AND NOT EXISTS (SELECT FROM webhook_endpoint WHERE enabled))"};

void PgDeliveryStore::pass_over() {
  pool_.execute(kPassOver);
}

constexpr db::Statement kDueEndpoints{"due_webhook_endpoints", R"(
  SELECT e.id, due.count
    FROM webhook_endpoint AS e,
         LATERAL (SELECT count(*) FROM (
                    SELECT FROM webhook_delivery AS d
                     WHERE d.endpoint_id = e.id AND d.status = 'pending'
                       AND d.next_attempt_at <= now() AND d.give_up_at > now()
                       AND (d.leased_until IS NULL OR d.leased_until < now())
                     ORDER BY d.next_attempt_at, d.id LIMIT $1) AS waiting) AS due
   WHERE e.enabled AND e.rest_until <= now() AND due.count > 0
   ORDER BY e.id LIMIT 1000)"};

std::vector<PgDeliveryStore::DueEndpoint> PgDeliveryStore::due_endpoints(std::size_t count_limit) {
  std::vector<DueEndpoint> endpoints;
  for (const auto& row : pool_.execute(kDueEndpoints, count_limit)) {
    endpoints.push_back({db::id<WebhookEndpointId>(row, "id"),
                         static_cast<std::size_t>(db::integer(row, "count"))});
  }
  return endpoints;
}

// The statements below name the rows that they change in an array: those are then looked up one by
// one, however many of their kind there are.

// Most of what is owed to an endpoint that stays away is never attempted, and so no attempt finds
// that it is too late.
constexpr db::Statement kGiveUpOverdue{"give_up_overdue_webhooks", R"(
  UPDATE webhook_delivery
     SET status = 'failed', next_attempt_at = NULL, leased_until = NULL,
         error = coalesce(error, 'not attempted in time')
   WHERE id = ANY (ARRAY(
           SELECT id FROM webhook_delivery
            WHERE status = 'pending' AND give_up_at <= now()
              AND (leased_until IS NULL OR leased_until < now())
            ORDER BY give_up_at, id LIMIT $1 FOR UPDATE SKIP LOCKED)))"};

std::size_t PgDeliveryStore::give_up_overdue(std::size_t limit) {
  return db::affected_rows(pool_.execute(kGiveUpOverdue, limit));
}

// From one endpoint that is owed something to the next: what waits for the others is not looked at.
constexpr db::Statement kGiveUpUnwanted{"give_up_unwanted_webhooks", R"(
  WITH RECURSIVE owed AS (
    (SELECT endpoint_id FROM webhook_delivery WHERE status = 'pending'
      ORDER BY endpoint_id, next_attempt_at, id LIMIT 1)
    UNION ALL
    SELECT next.endpoint_id FROM owed, LATERAL (
             SELECT d.endpoint_id FROM webhook_delivery AS d
              WHERE d.status = 'pending' AND d.endpoint_id > owed.endpoint_id
              ORDER BY d.endpoint_id, d.next_attempt_at, d.id LIMIT 1) AS next),
  gone AS MATERIALIZED (
    SELECT endpoint_id FROM owed
     WHERE NOT EXISTS (SELECT FROM webhook_endpoint AS e WHERE e.id = endpoint_id AND e.enabled))
  UPDATE webhook_delivery SET status = 'failed', next_attempt_at = NULL, leased_until = NULL
   WHERE id = ANY (ARRAY(
           SELECT d.id FROM gone, LATERAL (
                    SELECT id FROM webhook_delivery AS w
                     WHERE w.endpoint_id = gone.endpoint_id AND w.status = 'pending'
                       AND (w.leased_until IS NULL OR w.leased_until < now())
                     ORDER BY w.next_attempt_at, w.id LIMIT $1 FOR UPDATE SKIP LOCKED) AS d
            LIMIT $1)))"};

std::size_t PgDeliveryStore::give_up_unwanted(std::size_t limit) {
  return db::affected_rows(pool_.execute(kGiveUpUnwanted, limit));
}

constexpr db::Statement kPruneDeliveries{"prune_webhook_deliveries", R"(
  DELETE FROM webhook_delivery
   WHERE id = ANY (ARRAY(
           SELECT id FROM webhook_delivery
            WHERE created_at < now() - $1 * interval '1 second' AND status <> 'pending'
            ORDER BY created_at, id LIMIT $2)))"};

std::size_t PgDeliveryStore::prune(std::chrono::seconds age, std::size_t limit) {
  return db::affected_rows(pool_.execute(kPruneDeliveries, age.count(), limit));
}

}  // namespace order::storage
