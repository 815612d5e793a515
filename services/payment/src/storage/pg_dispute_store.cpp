#include "storage/pg_dispute_store.hpp"

#include <stdexcept>

namespace payment::storage {
namespace {

Dispute read_dispute(const db::Row& row) {
  Dispute dispute;
  dispute.id = db::id<DisputeId>(row, "id");
  dispute.provider_id = db::text(row, "provider_id");
  dispute.order = db::id<OrderId>(row, "order_id");
  dispute.status = db::optional_text(row, "status").value_or("");
  const auto money = parse_disputed_money(db::text(row, "money"));
  if (!money) throw std::logic_error("disputed money in an unknown place");
  dispute.money = *money;
  dispute.hints = static_cast<int>(db::integer(row, "hints"));
  dispute.tries = static_cast<int>(db::integer(row, "attempts"));
  dispute.age = std::chrono::seconds(db::integer(row, "age_s"));
  return dispute;
}

}  // namespace

constexpr db::Statement kClaimDueDisputes{"claim_due_disputes", R"(
  WITH due AS (
    SELECT id FROM dispute WHERE seen < hints AND next_look_at <= now()
     ORDER BY next_look_at LIMIT $1 FOR UPDATE SKIP LOCKED),
  claimed AS (
    UPDATE dispute SET next_look_at = now() + $2 * interval '1 millisecond'
      FROM due WHERE dispute.id = due.id
    RETURNING dispute.id, provider_id, payment_id, dispute.status, money, hints,
              dispute.attempts, dispute.created_at)
  SELECT claimed.id, provider_id, order_id, claimed.status, money, hints, claimed.attempts,
         extract(epoch FROM now() - claimed.created_at)::bigint AS age_s
    FROM claimed JOIN payment ON payment.id = payment_id)"};

std::vector<Dispute> PgDisputeStore::claim_due_disputes(std::size_t limit, Milliseconds lease) {
  std::vector<Dispute> claimed;
  for (const auto& row : pool_.execute(kClaimDueDisputes, limit, lease.count())) {
    claimed.push_back(read_dispute(row));
  }
  return claimed;
}

// What was settled stays settled, and the amount is what was taken first: a bank that thinks again
// after that is for people to look at.
constexpr db::Statement kRecordDispute{"record_dispute", R"(
  WITH before AS (SELECT status, money FROM dispute WHERE id = $1)
  UPDATE dispute SET amount = CASE dispute.money WHEN 'kept' THEN $3 ELSE amount END, reason = $4,
                     status = $5, seen = $2, attempts = 0, updated_at = now(),
                     money = CASE WHEN dispute.money IN ('reinstated', 'lost') THEN dispute.money
                                  WHEN dispute.money = 'withdrawn' AND $6 = 'kept'
                                    THEN dispute.money
                                  ELSE $6 END
    FROM before WHERE id = $1 AND seen < $2
  RETURNING (before.status IS DISTINCT FROM dispute.status
             OR before.money <> dispute.money) AS is_new)"};

bool PgDisputeStore::record_dispute(const Dispute& dispute, const ProviderDispute& seen) {
  const auto rows = pool_.execute(kRecordDispute, dispute.id, dispute.hints, seen.amount_minor,
                                  seen.reason, seen.status, name(seen.money));
  return !rows.empty() && db::boolean(rows[0], "is_new");
}

constexpr db::Statement kPostponeDispute{"postpone_dispute", R"(
  UPDATE dispute SET attempts = attempts + 1,
                     next_look_at = now() + $2 * interval '1 millisecond'
   WHERE id = $1 AND seen < hints)"};

void PgDisputeStore::postpone_dispute(const Dispute& dispute, Milliseconds delay) {
  pool_.execute(kPostponeDispute, dispute.id, delay.count());
}

}  // namespace payment::storage
