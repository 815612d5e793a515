#include "storage/pg_provider_events.hpp"

namespace payment::storage {

// An authorised payment that was taken by the provider, and nobody knows of it: the answer to the
// capture was lost together with whoever waited for it. Or so the event says, which is a reason to
// look, and no more.
constexpr db::Statement kTake{"take_provider_event", R"(
  WITH fresh AS (
    INSERT INTO provider_event (event_id, type, intent_id, body)
    VALUES ($1, $2, nullif($3, ''), $4)
    ON CONFLICT (event_id) DO NOTHING RETURNING intent_id),
  about AS (
    SELECT payment.id, $2 = 'payment_intent.succeeded' AND status = 'authorized' AS taken
      FROM payment JOIN fresh USING (intent_id)),
  woken AS (
    UPDATE payment SET next_attempt_at = now(), look_requested = look_requested OR taken
      FROM about WHERE payment.id = about.id AND (owes OR taken) RETURNING payment.id),
  woken_refunds AS (
    UPDATE refund SET next_attempt_at = now()
      FROM about WHERE refund.payment_id = about.id AND refund.status = 'pending'
    RETURNING refund.id),
  hinted AS (
    INSERT INTO dispute (id, provider_id, payment_id) SELECT $6, $5, id FROM about WHERE $5 <> ''
    ON CONFLICT (provider_id) DO UPDATE SET hints = dispute.hints + 1, next_look_at = now()
    RETURNING id)
  SELECT id FROM woken UNION ALL SELECT id FROM woken_refunds UNION ALL SELECT id FROM hinted)"};

bool PgProviderEvents::take(const ProviderEvent& event) {
  return !pool_.execute(kTake, event.id, event.type, event.intent, event.body, event.dispute,
                        mercato::Uuid::v7())
              .empty();
}

constexpr db::Statement kPrune{"prune_provider_events", R"(
  DELETE FROM provider_event WHERE event_id IN (
    SELECT event_id FROM provider_event WHERE received_at < now() - interval '60 days'
     ORDER BY received_at LIMIT $1))"};

std::size_t PgProviderEvents::prune(std::size_t batch) {
  return db::affected_rows(pool_.execute(kPrune, batch));
}

}  // namespace payment::storage
