#include "storage/pg_saga_store.hpp"

#include <stdexcept>
#include <utility>

#include "storage/invariants.hpp"
#include "storage/order_rows.hpp"

namespace order::storage {
namespace {

SagaKind parse_kind(const std::string& text) {
  for (const auto kind :
       {SagaKind::checkout, SagaKind::capture, SagaKind::undo, SagaKind::refund}) {
    if (name(kind) == text) return kind;
  }
  throw std::logic_error("unknown saga kind in the database");
}

}  // namespace

// A saga is to be run if it is due and nobody's; if its process died; or if it is ours and yet not
// in hand, because a write failed. Money and stock owed to somebody go first.
constexpr db::Statement kClaimDue{"claim_due_sagas", R"(
  WITH due AS (
    SELECT s.id FROM saga AS s
     WHERE s.parked_reason IS NULL AND (s.kind = 'capture') = $4
       AND CASE WHEN s.lease IS NULL THEN s.next_run_at <= now()
                WHEN s.lease = $1 THEN s.next_run_at <= now() AND s.id <> ALL ($2::uuid[])
                ELSE NOT EXISTS (SELECT FROM instance AS i
                                  WHERE i.id = s.lease AND i.seen_at > now() - interval '3 s')
           END
     ORDER BY CASE s.kind WHEN 'undo' THEN 0 WHEN 'refund' THEN 1 ELSE 2 END,
              s.next_run_at, s.id
     LIMIT $3 FOR UPDATE OF s SKIP LOCKED)
  UPDATE saga SET lease = $1, version = version + 1, next_run_at = now() + interval '2 s'
    FROM due WHERE saga.id = due.id
  RETURNING saga.id, order_id, kind, version, attempt, started_at, trace_id)"};

std::vector<Saga> PgSagaStore::claim_due(SagaLane lane, const std::vector<mercato::Uuid>& in_hand,
                                         std::size_t limit) {
  std::vector<Saga> sagas;
  for (const auto& row : pool_.execute(kClaimDue, instance_, db::array(in_hand), limit,
                                       lane == SagaLane::captures)) {
    Saga saga;
    saga.id = db::id<SagaId>(row, "id");
    saga.order = db::id<OrderId>(row, "order_id");
    saga.kind = parse_kind(db::text(row, "kind"));
    saga.version = db::integer(row, "version");
    saga.attempt = static_cast<int>(db::integer(row, "attempt"));
    saga.started_at = db::timestamp(row, "started_at");
    saga.trace_id = db::text(row, "trace_id");
    sagas.push_back(std::move(saga));
  }
  return sagas;
}

void PgSagaStore::postpone(const Saga& saga, const StepLog& log, std::chrono::milliseconds delay) {
  pool_.transact(
      [&](db::Transaction& transaction) { postpone_saga(transaction, saga, log, delay); });
}

constexpr db::Statement kPark{"park_saga", R"(
  UPDATE saga SET parked_reason = $3, lease = NULL, version = version + 1
   WHERE id = $1 AND version = $2)"};

void PgSagaStore::park(const Saga& saga, const std::string& reason) {
  pool_.execute(kPark, saga.id, saga.version, reason);
}

constexpr db::Statement kLoadUndo{"load_undo", R"(
  SELECT released, voided, refunded FROM saga WHERE id = $1 AND kind = 'undo' AND version = $2)"};

std::optional<Undo> PgSagaStore::load(Saga saga) {
  const auto rows = pool_.execute(kLoadUndo, saga.id, saga.version);
  if (rows.empty()) return std::nullopt;
  Undo undo;
  undo.released = db::boolean(rows[0], "released");
  undo.voided = db::boolean(rows[0], "voided");
  undo.refunded = db::boolean(rows[0], "refunded");
  undo.saga = std::move(saga);
  return undo;
}

// A refund still under way keeps its part of the total; the rest was paid back by the undo. Of an
// order that knows no total (a restore set it back) only payment can tell how much that was.
constexpr db::Statement kFinishUndo{"finish_undo", R"(
  WITH undone AS (
    UPDATE orders
       SET status = CASE status WHEN 'cancelling' THEN 'cancelled' ELSE status END,
           version = version + 1, updated_at = $3, trace_id = $4,
           refunded = CASE WHEN $2 THEN coalesce(total - refund_pending, refunded)
                           ELSE refunded END,
           payment_status = CASE WHEN payment_status IS NULL THEN NULL
                                 WHEN $2 THEN 'refunded' ELSE 'voided' END
     WHERE id = $1 AND status IN ('rejected', 'cancelling')
       AND EXISTS (SELECT FROM saga WHERE id = $1 AND kind = 'undo')
    RETURNING id),
  paid AS (DELETE FROM saga USING undone WHERE saga.id = undone.id)
  SELECT id FROM undone)"};

void PgSagaStore::finish(const Undo& undo, mercato::Timestamp at) {
  keeping_invariants([&] {
    pool_.transact([&](db::Transaction& transaction) {
      const auto rows =
          transaction.execute(kFinishUndo, undo.saga.order, undo.refunded, at, undo.saga.trace_id);
      if (!rows.empty()) insert_steps(transaction, undo.saga.order, undo.log);
    });
  });
}

constexpr db::Statement kKeepUndone{"keep_undone", R"(
  UPDATE saga SET released = $2, voided = $3, refunded = $4 WHERE id = $1)"};

void PgSagaStore::postpone(const Undo& undo, std::chrono::milliseconds delay) {
  pool_.transact([&](db::Transaction& transaction) {
    if (!postpone_saga(transaction, undo.saga, undo.log, delay)) return;
    transaction.execute(kKeepUndone, undo.saga.id, undo.released, undo.voided, undo.refunded);
  });
}

// Orders before sagas, as everywhere: the count makes the deletion wait for the update. An order
// that was shipped meanwhile has its payment marked already, one being cancelled has an undo now.
constexpr db::Statement kCaptured{"payments_captured", R"(
  WITH paid AS (
    UPDATE orders SET payment_status = 'captured', version = version + 1, updated_at = $2
     WHERE id = ANY ($1::uuid[]) AND status IN ('confirmed', 'shipped', 'delivered')
       AND payment_status = 'authorized' RETURNING id),
  done AS (
    DELETE FROM saga
     WHERE id = ANY ($1::uuid[]) AND kind = 'capture' AND (SELECT count(*) FROM paid) >= 0
    RETURNING id)
  INSERT INTO order_step (order_id, step, service, attempt, outcome, detail, at, trace_id)
  SELECT s.order_id, s.step, s.service, s.attempt, s.outcome, s.detail, s.at, s.trace_id
    FROM done JOIN unnest($3::uuid[], $4::text[], $5::text[], $6::int[], $7::text[], $8::text[],
                          $9::timestamptz[], $10::text[])
                   AS s (order_id, step, service, attempt, outcome, detail, at, trace_id)
           ON s.order_id = done.id)"};

void PgSagaStore::captured(const std::vector<CapturedOrder>& orders, mercato::Timestamp at) {
  std::vector<OrderId> ids;
  StepColumns steps;
  for (const auto& each : orders) {
    ids.push_back(each.saga.order);
    add_steps(steps, each.saga.order, each.log);
  }
  keeping_invariants([&] {
    pool_.execute_with(mercato::Deadline::never(), kCaptured,
                       db::parameters(db::array(ids), at, steps));
  });
}

constexpr db::Statement kRenewInstance{"renew_instance", R"(
  INSERT INTO instance (id) VALUES ($1) ON CONFLICT (id) DO UPDATE SET seen_at = now())"};
constexpr db::Statement kForgetInstances{"forget_instances", R"(
  DELETE FROM instance AS i
   WHERE i.seen_at < now() - interval '1 hour'
     AND NOT EXISTS (SELECT FROM saga WHERE lease = i.id))"};

void PgSagaStore::renew_instance() {
  pool_.execute(kRenewInstance, instance_);
  pool_.execute(kForgetInstances);
}

// The kernel closes the sockets of a process that dies, and PostgreSQL ends its sessions at once.
constexpr db::Statement kForgetGoneInstances{"forget_gone_instances", R"(
  DELETE FROM instance AS i
   WHERE i.id <> $1
     AND NOT EXISTS (SELECT FROM pg_stat_activity AS a
                      WHERE a.application_name = $2 || '-' || i.id::text))"};

void PgSagaStore::forget_gone_instances(const std::string& application) {
  pool_.execute(kForgetGoneInstances, instance_, application);
}

constexpr db::Statement kReleaseLeases{"release_leases", R"(
  WITH gone AS (DELETE FROM instance WHERE id = $1)
  UPDATE saga SET lease = NULL, next_run_at = now(), version = version + 1 WHERE lease = $1)"};

void PgSagaStore::end_instance() {
  pool_.execute(kReleaseLeases, instance_);
}

constexpr db::Statement kListStuck{"list_stuck_sagas", R"(
  SELECT s.id, s.order_id, s.kind, s.attempt, s.started_at, s.parked_reason,
         coalesce((SELECT step || ': ' || detail FROM order_step AS t
                    WHERE t.order_id = s.order_id ORDER BY t.id DESC LIMIT 1), '') AS last_detail
    FROM saga AS s
   WHERE s.parked_reason IS NOT NULL OR s.started_at < now() - $1 * interval '1 second'
   ORDER BY s.started_at, s.id LIMIT 1000)"};

std::vector<StuckSaga> PgSagaStore::list_stuck(std::chrono::seconds age) {
  std::vector<StuckSaga> stuck;
  for (const auto& row : pool_.execute(kListStuck, age.count())) {
    stuck.push_back({db::id<SagaId>(row, "id"), db::id<OrderId>(row, "order_id"),
                     db::text(row, "kind"), static_cast<int>(db::integer(row, "attempt")),
                     db::timestamp(row, "started_at"), db::optional_text(row, "parked_reason"),
                     db::text(row, "last_detail")});
  }
  return stuck;
}

constexpr db::Statement kUnpark{"unpark_saga", R"(
  UPDATE saga SET parked_reason = NULL, next_run_at = now(), version = version + 1
   WHERE id = $1 AND parked_reason IS NOT NULL)"};

bool PgSagaStore::unpark(SagaId id) {
  return pool_.execute(kUnpark, id).affected_rows() == 1;
}

}  // namespace order::storage
