#include "storage/pg_provider_events.hpp"

namespace payment::storage {

constexpr db::Statement kTake{"take_provider_event", R"(
  WITH fresh AS (
    INSERT INTO provider_event (event_id, type, intent_id, body)
    VALUES ($1, $2, nullif($3, ''), $4)
    ON CONFLICT (event_id) DO NOTHING RETURNING intent_id),
  about AS (SELECT payment.id FROM payment JOIN fresh USING (intent_id)),
  woken AS (
    UPDATE payment SET next_attempt_at = now()
      FROM about WHERE payment.id = about.id AND payment.owes RETURNING payment.id),
  woken_refunds AS (
    UPDATE refund SET next_attempt_at = now()
      FROM about WHERE refund.payment_id = about.id AND refund.status = 'pending'
    RETURNING refund.id)
  SELECT id FROM woken UNION ALL SELECT id FROM woken_refunds)"};

bool PgProviderEvents::take(const ProviderEvent& event) {
  return !pool_.execute(kTake, event.id, event.type, event.intent, event.body).empty();
}

constexpr db::Statement kPrune{"prune_provider_events", R"(
  DELETE FROM provider_event WHERE event_id IN (
    SELECT event_id FROM provider_event WHERE received_at < now() - interval '60 days'
     ORDER BY received_at LIMIT 1000))"};

std::size_t PgProviderEvents::prune() { return db::affected_rows(pool_.execute(kPrune)); }

}  // namespace payment::storage
