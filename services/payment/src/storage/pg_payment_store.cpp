#include "storage/pg_payment_store.hpp"

#include <stdexcept>
#include <unordered_map>
#include <utility>

#include <mercato/tracing/trace.hpp>

#include "storage/column_statement.hpp"

namespace payment::storage {
namespace {

constexpr auto kFindByOrder = with_columns(
    "find_payment_by_order", "SELECT {} FROM payment WHERE order_id = $1", kPaymentColumns);
constexpr auto kFindById = with_columns(
    "find_payment_by_id", "SELECT {} FROM payment WHERE id = $1", kPaymentColumns);

std::string current_trace() { return mercato::tracing::current().trace_id; }

/// The payments of `ids` in `rows`; nothing for those that are not there.
std::vector<std::optional<Payment>> read_payments(const db::Result& rows,
                                                  const std::vector<PaymentId>& ids) {
  std::unordered_map<PaymentId, Payment> read;
  for (const auto& row : rows) {
    auto payment = read_payment(row);
    read.emplace(payment.id, std::move(payment));
  }
  std::vector<std::optional<Payment>> payments;
  payments.reserve(ids.size());
  for (const auto& id : ids) {
    const auto found = read.find(id);
    payments.push_back(found == read.end() ? std::nullopt : std::optional(found->second));
  }
  return payments;
}

}  // namespace

Payment PgPaymentStore::changed(const db::Result& rows, PaymentId id) {
  return rows.empty() ? find_by_id(id) : read_payment(rows[0]);
}

Payment PgPaymentStore::find_by_id(PaymentId id) {
  const auto rows = pool_.execute(kFindById, id);
  if (rows.empty()) throw std::logic_error("a payment is gone");
  return read_payment(rows[0]);
}

std::optional<Payment> PgPaymentStore::find_by_order(OrderId order) {
  const auto rows = pool_.execute(kFindByOrder, order);
  return rows.empty() ? std::nullopt : std::optional<Payment>(read_payment(rows[0]));
}

constexpr auto kBeginAuthorize = with_columns("begin_authorizations", R"(
  INSERT INTO payment (id, order_id, user_id, amount, currency, payment_method, status,
                       intent_id, next_attempt_at, trace_id)
  SELECT id, order_id, user_id, amount, currency, payment_method, 'pending', nullif(intent, ''),
         now() + lease_ms * interval '1 millisecond', trace_id
    FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bigint[], $5::text[], $6::text[],
                $7::text[], $8::bigint[], $9::text[])
         AS a (id, order_id, user_id, amount, currency, payment_method, intent, lease_ms, trace_id)
   ORDER BY order_id
  ON CONFLICT DO NOTHING RETURNING {})", kPaymentColumns);

std::vector<std::optional<Payment>> PgPaymentStore::insert(
    const std::vector<const Authorization*>& authorizations) {
  db::Columns<9> columns;
  std::vector<PaymentId> ids;
  for (const auto* each : authorizations) {
    ids.push_back(each->id);
    const auto& wanted = each->wanted;
    columns.add(each->id, wanted.order, wanted.user, wanted.amount.amount_minor,
                wanted.amount.currency, wanted.payment_method, each->intent, each->lease.count(),
                each->trace_id);
  }
  return read_payments(pool_.execute_with(mercato::Deadline::never(), kBeginAuthorize,
                                          db::parameters(columns)),
                       ids);
}

BegunPayment PgPaymentStore::begin_authorize(const NewPayment& wanted, const std::string& intent,
                                             Milliseconds lease) {
  auto made = beginnings_.run({PaymentId::make(), wanted, intent, lease, current_trace()});
  if (made) return {std::move(*made), true};
  auto existing = find_by_order(wanted.order);
  if (!existing) throw db::Conflict();
  return {std::move(*existing), false};
}

constexpr auto kRequestCapture = with_columns("request_capture", R"(
  UPDATE payment SET capture_requested = true, trace_id = $2, next_attempt_at = now()
   WHERE order_id = $1 AND status = 'authorized' AND NOT owes RETURNING {})", kPaymentColumns);

std::optional<Payment> PgPaymentStore::request_capture(OrderId order) {
  const auto rows = pool_.execute(kRequestCapture, order, current_trace());
  if (rows.empty()) return find_by_order(order);
  return read_payment(rows[0]);
}

// Without an intent that was kept nothing can have been held, and none will be kept after this.
constexpr auto kBeginVoid = with_columns("begin_void", R"(
  INSERT INTO payment (id, order_id, status, void_requested, trace_id)
  VALUES ($1, $2, 'voided', true, $4)
  ON CONFLICT (order_id) DO UPDATE
    SET void_requested = true, trace_id = excluded.trace_id,
        status = CASE WHEN payment.status IN ('pending', 'unknown') AND payment.intent_id IS NULL
                      THEN 'voided' ELSE payment.status END,
        next_attempt_at = now() + $3 * interval '1 millisecond'
  RETURNING {})", kPaymentColumns);

Payment PgPaymentStore::begin_void(OrderId order, Milliseconds lease) {
  return read_payment(
      pool_.execute(kBeginVoid, PaymentId::make(), order, lease.count(), current_trace())[0]);
}

constexpr auto kBeginRefund = with_columns("begin_refund", R"(
  WITH counted AS (
    UPDATE payment
       SET refund_pending = refund_pending + CASE WHEN captured > 0 THEN $3 ELSE 0 END,
           refund_waiting = refund_waiting + CASE WHEN captured > 0 THEN 0 ELSE $3 END,
           trace_id = $6
     WHERE id = $1 AND NOT EXISTS (SELECT FROM refund WHERE id = $2)
       AND CASE WHEN captured > 0
                THEN captured - refunded - refund_pending - disputed - charged_back >= $3
                ELSE amount - refund_waiting >= $3 AND NOT void_requested
                     AND status IN ('pending', 'unknown', 'authorized') END
    RETURNING id, intent_id, currency, void_requested, captured),
  made AS (
    INSERT INTO refund (id, payment_id, amount, reason, status, next_attempt_at)
    SELECT $2, id, $3, $4, CASE WHEN captured > 0 THEN 'pending' ELSE 'waiting' END,
           now() + $5 * interval '1 millisecond'
      FROM counted
    RETURNING {})
  SELECT {}, counted.intent_id, counted.currency, counted.void_requested
    FROM made AS refund, counted)", kRefundColumns);

constexpr auto kFindRefund = with_columns("find_refund", R"(
  SELECT {}, payment.intent_id, payment.currency, payment.void_requested
    FROM refund JOIN payment ON payment.id = refund.payment_id
   WHERE refund.id = $1)", kRefundColumns);

RefundStart PgPaymentStore::begin_refund(const Payment& payment, RefundId id, const Money& amount,
                                         const std::string& reason, Milliseconds lease) {
  try {
    const auto rows = pool_.execute(kBeginRefund, payment.id, id, amount.amount_minor, reason,
                                    lease.count(), current_trace());
    if (!rows.empty()) return ClaimedRefund{read_refund(rows[0]), true, true};
  } catch (const db::ConstraintViolation& violation) {
    // Two requests with one id at once: the other one was first.
    if (violation.constraint() != "refund_pkey") throw;
  }
  const auto rows = pool_.execute(kFindRefund, id);
  if (rows.empty()) return TooMuch{};
  auto refund = read_refund(rows[0]);
  if (refund.payment != payment.id || refund.amount != amount) return AnotherRefund{};
  return ClaimedRefund{std::move(refund), false, false};
}

constexpr auto kKeepIntent = with_columns("keep_intent", R"(
  UPDATE payment SET intent_id = $2
   WHERE id = $1 AND intent_id IS NULL AND status IN ('pending', 'unknown') AND NOT void_requested
  RETURNING {})", kPaymentColumns);

Payment PgPaymentStore::keep_intent(PaymentId id, const std::string& intent) {
  return changed(pool_.execute(kKeepIntent, id, intent), id);
}

constexpr auto kRecordAuthorized = with_columns("record_authorizations", R"(
  UPDATE payment SET status = 'authorized', authorized = amount, attempts = 0,
                     card_brand = brand, card_last4 = last4,
                     attempt_log = add_attempt(attempt_log, 'authorize', 'ok')
    FROM unnest($1::uuid[], $2::text[], $3::text[]) AS done (done_id, brand, last4)
   WHERE id = done_id AND status IN ('pending', 'unknown') RETURNING {})", kPaymentColumns);

std::vector<std::optional<Payment>> PgPaymentStore::authorized(
    const std::vector<const AuthorizedCard*>& cards) {
  db::Columns<3> columns;
  std::vector<PaymentId> ids;
  for (const auto* each : cards) {
    ids.push_back(each->payment);
    const auto& card = each->card;
    columns.add(each->payment, card ? std::optional<std::string>(card->brand) : std::nullopt,
                card ? std::optional<std::string>(card->last4) : std::nullopt);
  }
  return read_payments(pool_.execute_with(mercato::Deadline::never(), kRecordAuthorized,
                                          db::parameters(columns)),
                       ids);
}

Payment PgPaymentStore::record_authorized(PaymentId id, const std::optional<Card>& card) {
  auto changed = authorizations_.run({id, card});
  return changed ? std::move(*changed) : find_by_id(id);
}

constexpr auto kRecordDeclined = with_columns("record_declined", R"(
  UPDATE payment SET status = 'declined', decline_code = $2,
                     attempt_log = add_attempt(attempt_log, 'authorize', 'declined')
   WHERE id = $1 AND status IN ('pending', 'unknown') RETURNING {})", kPaymentColumns);

Payment PgPaymentStore::record_declined(PaymentId id, const std::string& decline_code) {
  return changed(pool_.execute(kRecordDeclined, id, decline_code), id);
}

constexpr auto kRecordCaptured = with_columns("record_captures", R"(
  UPDATE payment SET status = 'captured', captured = authorized, attempts = 0,
                     look_requested = false,
                     attempt_log = add_attempt(attempt_log, 'capture', 'ok')
    FROM unnest($1::uuid[]) AS done (done_id)
   WHERE id = done_id AND status = 'authorized' RETURNING {})", kPaymentColumns);

std::vector<std::optional<Payment>> PgPaymentStore::captured(
    const std::vector<const PaymentId*>& wanted) {
  std::vector<PaymentId> ids;
  for (const auto* id : wanted) ids.push_back(*id);
  return read_payments(
      pool_.execute_with(mercato::Deadline::never(), kRecordCaptured,
                         db::parameters(db::array(ids))),
      ids);
}

Payment PgPaymentStore::record_captured(PaymentId id) {
  auto changed = captures_.run(id);
  return changed ? std::move(*changed) : find_by_id(id);
}

// The provider may also let an authorisation go by itself, when it has grown old: that is what a
// capture then meets.
constexpr auto kRecordVoided = with_columns("record_voided", R"(
  UPDATE payment SET status = 'voided', look_requested = false,
                     attempt_log = CASE WHEN void_requested
                                        THEN add_attempt(attempt_log, 'void', 'ok')
                                        ELSE add_attempt(attempt_log, 'capture', 'refused') END
   WHERE id = $1 AND status IN ('pending', 'unknown', 'authorized')
  RETURNING {})", kPaymentColumns);

Payment PgPaymentStore::record_voided(PaymentId id) {
  return changed(pool_.execute(kRecordVoided, id), id);
}

// Whoever looks has pushed the next attempt into the future: where it is due, another hint came.
constexpr auto kRecordLooked = with_columns("record_looked", R"(
  UPDATE payment SET look_requested = false
   WHERE id = $1 AND next_attempt_at > now() RETURNING {})", kPaymentColumns);

Payment PgPaymentStore::record_looked(PaymentId id) {
  return changed(pool_.execute(kRecordLooked, id), id);
}

// A series of lost answers is one attempt in the list: a provider that is away for a day would
// otherwise leave thousands.
constexpr auto kRecordUnknown = with_columns("record_unknown", R"(
  UPDATE payment SET status = CASE status WHEN 'pending' THEN 'unknown' ELSE status END,
                     capture_requested = capture_requested OR $2 = 'capture',
                     attempts = attempts + 1,
                     next_attempt_at = now() + $3 * interval '1 millisecond',
                     attempt_log = add_silence(attempt_log, $2)
   WHERE id = $1 AND (owes OR (status = 'authorized' AND $2 = 'capture'))
  RETURNING {})", kPaymentColumns);

Payment PgPaymentStore::record_unknown(PaymentId id, const std::string& operation,
                                       Milliseconds delay) {
  return changed(pool_.execute(kRecordUnknown, id, operation, delay.count()), id);
}

constexpr db::Statement kRecordSilence{
    "record_silence",
    "UPDATE payment SET attempt_log = add_silence(attempt_log, $2) WHERE id = $1"};

void PgPaymentStore::record_silence(PaymentId id, const std::string& operation) {
  pool_.execute(kRecordSilence, id, operation);
}

constexpr auto kGiveUp = with_columns("give_up", R"(
  UPDATE payment SET void_requested = true
   WHERE id = $1 AND status IN ('pending', 'unknown') RETURNING {})", kPaymentColumns);

Payment PgPaymentStore::give_up(PaymentId id) { return changed(pool_.execute(kGiveUp, id), id); }

constexpr db::Statement kRecordRefund{"record_refund", R"(
  WITH done AS (
    UPDATE refund SET status = $2, provider_id = nullif($3, ''), updated_at = now()
     WHERE id = $1 AND status = 'pending'
    RETURNING payment_id, amount, CASE $2 WHEN 'succeeded' THEN amount ELSE 0 END AS given_back)
  UPDATE payment
     SET refund_pending = refund_pending - done.amount, refunded = refunded + given_back,
         status = CASE WHEN given_back = 0 THEN status
                       WHEN refunded + given_back = captured THEN 'refunded'
                       ELSE 'partially_refunded' END,
         attempt_log = add_attempt(attempt_log, 'refund',
                                   CASE given_back WHEN 0 THEN 'refused' ELSE 'ok' END)
    FROM done WHERE payment.id = done.payment_id)"};

void PgPaymentStore::record_refund(const Refund& refund, RefundStatus status,
                                   const std::string& provider_id) {
  pool_.execute(kRecordRefund, refund.id, name(status), provider_id);
}

// A bank may keep some of it, or has, so that less is left than is being given back. (A refund of
// just the rest, to which is_with_the_bank() says yes, was refused for another reason.)
constexpr db::Statement kIsOvertaken{"is_refund_overtaken", R"(
  SELECT disputed > 0 OR captured - refunded - refund_pending < charged_back AS overtaken
    FROM payment WHERE id = $1 FOR UPDATE)"};

bool PgPaymentStore::withdraw_refund(const Refund& refused) {
  return pool_.transact([&](db::Transaction& transaction) {
    const auto rows = transaction.execute(kIsOvertaken, refused.payment);
    if (rows.empty() || !db::boolean(rows[0], "overtaken")) return false;
    transaction.execute(kRecordRefund, refused.id, name(RefundStatus::failed), "");
    return true;
  });
}

constexpr db::Statement kCountForeign{"count_foreign_refund", R"(
  WITH counted AS (
    UPDATE payment SET refund_pending = refund_pending + $3
     WHERE id = $1 AND captured - refunded - refund_pending >= $3
       AND NOT EXISTS (SELECT FROM refund WHERE payment_id = $1 AND provider_id = $4)
    RETURNING id)
  INSERT INTO refund (id, payment_id, amount, reason, status)
  SELECT $2, id, $3, 'refunded at the provider', 'pending' FROM counted RETURNING id)"};

namespace {

// Thrown to roll back: none of them was news.
struct NothingForeign {};

}  // namespace

bool PgPaymentStore::adopt_refunds(const Refund& refused,
                                   const std::vector<ForeignRefund>& foreign) try {
  pool_.transact([&](db::Transaction& transaction) {
    transaction.execute(kRecordRefund, refused.id, name(RefundStatus::failed), "");
    bool any = false;
    for (const auto& each : foreign) {
      const auto id = RefundId::make();
      if (transaction.execute(kCountForeign, refused.payment, id, each.amount_minor, each.id)
              .empty()) {
        continue;
      }
      transaction.execute(kRecordRefund, id, name(RefundStatus::succeeded), each.id);
      any = true;
    }
    if (!any) throw NothingForeign();
  });
  return true;
} catch (const NothingForeign&) {
  return false;
}

// What is to be looked at already is left to that look.
constexpr db::Statement kHintDisputes{"hint_disputes", R"(
  INSERT INTO dispute (id, provider_id, payment_id)
  SELECT DISTINCT ON (provider_id) id, provider_id, $1::uuid
    FROM unnest($2::uuid[], $3::text[], $4::text[]) AS listed (id, provider_id, status)
   WHERE NOT EXISTS (SELECT FROM dispute AS known
                      WHERE known.provider_id = listed.provider_id
                        AND (known.status = listed.status OR known.seen < known.hints))
   ORDER BY provider_id
  ON CONFLICT (provider_id) DO UPDATE SET hints = dispute.hints + 1, next_look_at = now())"};

void PgPaymentStore::hint_disputes(PaymentId id, const std::vector<ListedDispute>& listed) {
  db::Columns<3> columns;
  for (const auto& each : listed) columns.add(DisputeId::make(), each.provider_id, each.status);
  pool_.execute_with(mercato::Deadline::never(), kHintDisputes, db::parameters(id, columns));
}

constexpr db::Statement kPostponeRefund{"postpone_refund", R"(
  WITH done AS (
    UPDATE refund SET attempts = attempts + 1, errors = errors + $2::boolean::int,
                      next_attempt_at = now() + $3 * interval '1 millisecond'
     WHERE id = $1 AND status = 'pending' RETURNING payment_id)
  UPDATE payment SET attempt_log = add_silence(attempt_log, 'refund')
    FROM done WHERE payment.id = done.payment_id)"};

void PgPaymentStore::postpone_refund(const Refund& refund, bool with_error, Milliseconds delay) {
  pool_.execute(kPostponeRefund, refund.id, with_error, delay.count());
}

// Two lists, since each has an index of its own.
constexpr auto kClaimDue = with_columns("claim_due_payments", R"(
  WITH owing AS (
    SELECT id FROM payment
     WHERE owes AND next_attempt_at <= now() AND NOT is_with_the_bank(payment)
     ORDER BY next_attempt_at LIMIT $1 FOR UPDATE SKIP LOCKED),
  to_look_at AS (
    SELECT id FROM payment
     WHERE look_requested AND status = 'authorized' AND NOT owes AND next_attempt_at <= now()
     ORDER BY next_attempt_at LIMIT $1 FOR UPDATE SKIP LOCKED),
  due AS (
    SELECT id AS due_id FROM (SELECT id FROM owing UNION ALL SELECT id FROM to_look_at) AS found
     LIMIT $1)
  UPDATE payment SET next_attempt_at = now() + $2 * interval '1 millisecond'
    FROM due WHERE id = due_id RETURNING {})", kPaymentColumns);

std::vector<Payment> PgPaymentStore::claim_due(std::size_t limit, Milliseconds lease) {
  std::vector<Payment> claimed;
  for (const auto& row : pool_.execute(kClaimDue, limit, lease.count())) {
    claimed.push_back(read_payment(row));
  }
  return claimed;
}

constexpr auto kClaimDueRefunds = with_columns("claim_due_refunds", R"(
  WITH due AS (
    SELECT id FROM refund WHERE status = 'pending' AND next_attempt_at <= now()
     ORDER BY next_attempt_at LIMIT $1 FOR UPDATE SKIP LOCKED),
  claimed AS (
    UPDATE refund SET next_attempt_at = now() + $2 * interval '1 millisecond'
      FROM due WHERE refund.id = due.id RETURNING {})
  SELECT {}, payment.intent_id, payment.currency, payment.void_requested
    FROM claimed AS refund JOIN payment ON payment.id = refund.payment_id)", kRefundColumns);

std::vector<Refund> PgPaymentStore::claim_due_refunds(std::size_t limit, Milliseconds lease) {
  std::vector<Refund> claimed;
  for (const auto& row : pool_.execute(kClaimDueRefunds, limit, lease.count())) {
    claimed.push_back(read_refund(row));
  }
  return claimed;
}

constexpr db::Statement kAttempts{"payment_attempts", R"(
  SELECT attempt.operation, attempt.outcome, attempt.at
    FROM payment, unnest(attempt_log) WITH ORDINALITY AS attempt (operation, outcome, at, number)
   WHERE payment.id = $1 ORDER BY attempt.number)"};

std::optional<Payment> PgPaymentStore::with_attempts(const db::Result& rows) {
  if (rows.empty()) return std::nullopt;
  auto payment = read_payment(rows[0]);
  if (!payment.user) return std::nullopt;
  for (const auto& row : pool_.execute(kAttempts, payment.id)) {
    payment.attempts.push_back(
        {db::text(row, "operation"), db::text(row, "outcome"), db::timestamp(row, "at")});
  }
  return payment;
}

std::optional<Payment> PgPaymentStore::find(PaymentId id) {
  return with_attempts(pool_.execute(kFindById, id));
}

std::optional<Payment> PgPaymentStore::find_of_order(OrderId order) {
  return with_attempts(pool_.execute(kFindByOrder, order));
}

}  // namespace payment::storage
