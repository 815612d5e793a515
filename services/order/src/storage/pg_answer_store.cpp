#include "storage/pg_answer_store.hpp"

#include <utility>

namespace order::storage {
namespace {

namespace db = mercato::db;

std::optional<Answer> read_answer(const db::Row& row) {
  const auto status = db::optional_integer(row, "status");
  if (!status) return std::nullopt;
  return Answer{static_cast<int>(*status), db::text(row, "content_type"),
                db::optional_text(row, "location").value_or(""),
                db::parse_bytea(db::text(row, "body")),
                db::optional_text(row, "etag").value_or("")};
}

KeyRecord read_record(const db::Row& row) {
  KeyRecord record;
  record.fingerprint = db::text(row, "fingerprint");
  record.answer = read_answer(row);
  if (const auto id = db::optional_uuid(row, "order_id")) record.order = OrderId(*id);
  if (const auto id = db::optional_uuid(row, "refund_id")) record.refund = RefundId(*id);
  record.owned_by_us = db::boolean(row, "ours");
  record.owner_alive = db::boolean(row, "owner_alive");
  return record;
}

}  // namespace

// A database that was frozen may store a key when its owner has said already that it could not be.
// After 20 s nobody is at it any more: the longest deadline is twelve (http/routes.cpp). What an
// owner sent and could not keep, of a wait that is over, is what anybody else would send.
constexpr db::Statement kFindKey{"find_idempotency_key", R"(
  SELECT fingerprint, status, content_type, location, etag, body, sealed, order_id, refund_id,
         owner IS NOT DISTINCT FROM $3 AS ours,
         coalesce(answer_by, created_at) > now() - interval '20 s'
         AND EXISTS (SELECT FROM instance AS i
                      WHERE i.id = k.owner AND i.seen_at > now() - interval '3 s') AS owner_alive
    FROM idempotency_key AS k WHERE subject = $1 AND key = $2)"};

std::optional<KeyRecord> PgAnswerStore::find(UserId user, const std::string& key) {
  const auto rows = pool_.execute(kFindKey, user, key, instance_);
  if (rows.empty()) return std::nullopt;
  auto record = read_record(rows[0]);
  if (record.answer && db::boolean(rows[0], "sealed")) {
    record.answer->body = sealer_.unseal(record.answer->body, answer_context(user, key));
  }
  return record;
}

// A refund that was refused leaves its key free. Who takes it before the refusal is kept may be
// luckier, and must not be told for ever that nothing was refunded.
constexpr db::Statement kKeepAnswer{"keep_answer", R"(
  INSERT INTO idempotency_key AS k (subject, key, fingerprint, status, content_type, location, body,
                                    etag, refund_id)
  VALUES ($1, $2, $3, $4, $5, $6, $7::bytea, nullif($8, ''), $9)
  ON CONFLICT (subject, key) DO UPDATE
    SET status = excluded.status, content_type = excluded.content_type,
        location = excluded.location, body = excluded.body, etag = excluded.etag
    WHERE k.status IS NULL AND k.fingerprint = excluded.fingerprint
      AND k.refund_id IS NOT DISTINCT FROM excluded.refund_id
  RETURNING status)"};

Answered PgAnswerStore::keep(const RequestKey& key, const Answer& answer,
                             std::optional<RefundId> refund) {
  const auto kept = pool_.execute(kKeepAnswer, key.user, key.key, key.fingerprint, answer.status,
                                  answer.content_type, answer.location, db::bytea(answer.body),
                                  answer.etag, refund);
  if (!kept.empty()) return {answer, false};
  auto record = find(key.user, key.key);
  if (!record || record->fingerprint != key.fingerprint) throw key_reused();
  if (!record->answer) throw request_in_progress();
  return {std::move(*record->answer), true};
}

constexpr db::Statement kEndWait{"end_wait", R"(
  UPDATE idempotency_key SET status = $3, content_type = $4, location = $5, body = $6::bytea
   WHERE subject = $1 AND key = $2 AND order_id = $7 AND status IS NULL
  RETURNING status)"};

std::optional<Answer> PgAnswerStore::end_wait(OrderId order, UserId user, const std::string& key,
                                              const Answer& answer) {
  const auto kept = pool_.execute(kEndWait, user, key, answer.status, answer.content_type,
                                  answer.location, db::bytea(answer.body), order);
  if (!kept.empty()) return answer;
  auto record = find(user, key);
  return record && record->order == order ? std::move(record->answer) : std::nullopt;
}

constexpr db::Statement kOverwriteAnswer{"overwrite_answer", R"(
  UPDATE idempotency_key SET status = $3, content_type = $4, location = $5, body = $6::bytea
   WHERE subject = $1 AND key = $2 AND order_id = $7)"};

void PgAnswerStore::overwrite(OrderId order, UserId user, const std::string& key,
                              const Answer& answer) {
  pool_.execute(kOverwriteAnswer, user, key, answer.status, answer.content_type, answer.location,
                db::bytea(answer.body), order);
}

constexpr db::Statement kTakeOver{"take_over_key", R"(
  UPDATE idempotency_key AS k SET owner = $3
   WHERE subject = $1 AND key = $2 AND status IS NULL
     AND (owner = $3 OR coalesce(answer_by, created_at) <= now() - interval '20 s'
          OR NOT EXISTS (SELECT FROM instance AS i
                          WHERE i.id = k.owner AND i.seen_at > now() - interval '3 s'))
  RETURNING 1)"};

bool PgAnswerStore::take_over(UserId user, const std::string& key) {
  return !pool_.execute(kTakeOver, user, key, instance_).empty();
}

constexpr db::Statement kClaimKey{"claim_key", R"(
  INSERT INTO idempotency_key (subject, key, fingerprint, owner)
  VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING RETURNING 1)"};

std::optional<KeyRecord> PgAnswerStore::claim(const RequestKey& key) {
  if (!pool_.execute(kClaimKey, key.user, key.key, key.fingerprint, instance_).empty()) {
    return std::nullopt;
  }
  auto record = find(key.user, key.key);
  // The key may have been freed between the two statements: the client may try again at once.
  if (!record) throw request_in_progress();
  return record;
}

constexpr db::Statement kFreeKey{"free_key", R"(
  DELETE FROM idempotency_key
   WHERE subject = $1 AND key = $2 AND fingerprint = $3 AND owner = $4 AND status IS NULL)"};

void PgAnswerStore::free(const RequestKey& key) {
  pool_.execute(kFreeKey, key.user, key.key, key.fingerprint, instance_);
}

// Whoever was never answered does not know what became of the request: as long as that is worked on
// (an order's saga has its id, a refund's has the refund's), asking again must not do it twice.
constexpr db::Statement kPruneKeys{"prune_idempotency_keys", R"(
  DELETE FROM idempotency_key
   WHERE (subject, key) IN (
           SELECT k.subject, k.key FROM idempotency_key AS k
            WHERE k.created_at < now() - $1 * interval '1 second'
              AND (k.status IS NOT NULL
                   OR NOT EXISTS (SELECT FROM saga AS s
                                   WHERE s.id = coalesce(k.refund_id, k.order_id)))
            ORDER BY k.created_at, k.subject, k.key LIMIT $2))"};

std::size_t PgAnswerStore::prune(std::chrono::seconds age, std::size_t limit) {
  return db::affected_rows(pool_.execute(kPruneKeys, age.count(), limit));
}

}  // namespace order::storage
