#include "storage/pg_refund_store.hpp"

#include <stdexcept>
#include <unordered_map>
#include <utility>

#include "storage/invariants.hpp"
#include "storage/order_rows.hpp"

namespace order::storage {
namespace {

using Begun = std::variant<RefundRun, OverRefund, NothingCaptured, KeyRecord>;

struct LineColumns {
  std::vector<ProductId> products;
  std::vector<std::int64_t> quantities;

  explicit LineColumns(const std::vector<RequestedLine>& lines) {
    for (const auto& line : lines) {
      products.push_back(line.product);
      quantities.push_back(line.quantity);
    }
  }
};

}  // namespace

constexpr db::Statement kClaimRefundKey{"claim_refund_key", R"(
  INSERT INTO idempotency_key (subject, key, fingerprint, owner)
  VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING RETURNING key)"};
constexpr db::Statement kReleaseRefundKey{"release_refund_key",
                                          "DELETE FROM idempotency_key WHERE subject = $1 "
                                          "AND key = $2 AND status IS NULL"};
// Refunds of one order are planned one after the other.
constexpr db::Statement kLockOrder{"lock_order",
                                   "SELECT id FROM orders WHERE id = $1 FOR NO KEY UPDATE"};

constexpr db::Statement kInsertRefund{"insert_refund", R"(
  WITH counted AS (
    UPDATE orders SET refund_pending = refund_pending + $4::bigint WHERE id = $2),
  lines AS (
    SELECT product_id, quantity, position
      FROM unnest($9::uuid[], $10::int[]) WITH ORDINALITY AS l (product_id, quantity, position)),
  taken AS (
    UPDATE order_line SET refunded = refunded + lines.quantity
      FROM lines WHERE order_id = $2 AND order_line.product_id = lines.product_id),
  planned AS (
    INSERT INTO refund (id, order_id, amount, currency, reason, restock, status, created_at)
    VALUES ($1, $2, $4, $5, $6, $7, 'pending', $8) RETURNING id),
  listed AS (
    INSERT INTO refund_line (refund_id, product_id, position, quantity)
    SELECT planned.id, lines.product_id, lines.position, lines.quantity FROM planned, lines),
  keyed AS (
    UPDATE idempotency_key SET order_id = $2, refund_id = $1 WHERE subject = $11 AND key = $12)
  INSERT INTO saga (id, order_id, kind, lease, next_run_at, started_at, trace_id)
  SELECT id, $2, 'refund', $3, now() + interval '2 s', $8, $13 FROM planned)"};

Begun PgRefundStore::begin(OrderId order_id, const RequestKey& key, const std::string& trace_id,
                           const Plan& plan) {
  auto begun = pool_.transact([&](db::Transaction& transaction) -> std::optional<Begun> {
    const auto claimed =
        transaction.execute(kClaimRefundKey, key.user, key.key, key.fingerprint, instance_);
    if (claimed.empty()) return std::nullopt;
    transaction.execute(kLockOrder, order_id);
    const auto orders = read_orders(
        [&](const db::Statement& statement, const db::Parameter& parameter) {
          return transaction.execute(statement, parameter);
        },
        {order_id});
    auto planned = plan(orders.at(0));
    const auto* refund = std::get_if<Refund>(&planned);
    if (refund == nullptr) {
      // Refused: the transaction leaves nothing behind, and the caller keeps the refusal.
      transaction.execute(kReleaseRefundKey, key.user, key.key);
      if (std::holds_alternative<OverRefund>(planned)) return OverRefund{};
      return std::get<NothingCaptured>(planned);
    }
    const LineColumns lines(refund->lines);
    transaction.execute(kInsertRefund, refund->id, order_id, instance_, refund->amount.amount_minor,
                        refund->amount.currency, refund->reason, refund->restock,
                        refund->created_at, db::array(lines.products), db::array(lines.quantities),
                        key.user, key.key, trace_id);
    RefundRun run;
    run.saga.id = SagaId(refund->id.value());
    run.saga.order = order_id;
    run.saga.kind = SagaKind::refund;
    run.saga.started_at = refund->created_at;
    run.saga.trace_id = trace_id;
    run.captured = orders[0].payment->status != PaymentStatus::authorized;
    run.refund = *refund;
    return run;
  });
  if (begun) return std::move(*begun);
  auto record = answers_.find(key.user, key.key);
  if (!record) throw request_in_progress();
  return std::move(*record);
}

constexpr db::Statement kLoadRefund{"load_refund", R"(
  SELECT o.payment_status <> 'authorized' AS captured
    FROM saga AS s JOIN orders AS o ON o.id = s.order_id
   WHERE s.id = $1 AND s.kind = 'refund' AND s.version = $2)"};

std::optional<RefundRun> PgRefundStore::load(Saga saga) {
  const auto rows = pool_.execute(kLoadRefund, saga.id, saga.version);
  if (rows.empty()) return std::nullopt;
  auto refund = find(RefundId(saga.id.value()));
  if (!refund) throw BrokenInvariant("a refund's saga without its refund");
  RefundRun run;
  run.captured = db::boolean(rows[0], "captured");
  run.refund = std::move(*refund);
  run.saga = std::move(saga);
  return run;
}

// The order's row first, then the refund's, then the saga's. Only a refund that is still pending
// moves anything, so that two at work on it do no harm. What a cancel has paid back stays refunded:
// that is how the next refund that comes too late sees that it was paid back by the cancel.
constexpr db::Statement kRefundSucceeded{"refund_succeeded", R"(
  WITH pending AS (
    SELECT o.id FROM orders AS o JOIN refund AS r ON r.order_id = o.id
     WHERE o.id = $2 AND r.id = $1 AND r.status = 'pending' FOR NO KEY UPDATE),
  done AS (
    UPDATE refund SET status = 'succeeded' FROM pending
     WHERE refund.id = $1 AND refund.status = 'pending' RETURNING amount),
  paid AS (
    UPDATE orders SET version = version + 1, updated_at = $3, trace_id = $4,
           refunded = refunded + done.amount, refund_pending = refund_pending - done.amount,
           payment_status = CASE WHEN payment_status = 'refunded' OR refunded + done.amount = total
                                 THEN 'refunded' ELSE 'partially_refunded' END
      FROM done WHERE orders.id = $2)
  DELETE FROM saga USING done WHERE saga.id = $1 AND NOT $5)"};

void PgRefundStore::succeeded(const RefundRun& run, bool restock_owed, mercato::Timestamp at) {
  keeping_invariants([&] {
    pool_.transact([&](db::Transaction& transaction) {
      transaction.execute(kRefundSucceeded, run.refund.id, run.refund.order, at, run.saga.trace_id,
                          restock_owed);
      insert_steps(transaction, run.refund.order, run.log);
    });
  });
}

constexpr db::Statement kRefundRestocked{"refund_restocked",
                                         "DELETE FROM saga WHERE id = $1 AND kind = 'refund'"};

void PgRefundStore::restocked(const RefundRun& run) {
  pool_.transact([&](db::Transaction& transaction) {
    if (transaction.execute(kRefundRestocked, run.saga.id).affected_rows() == 0) return;
    insert_steps(transaction, run.refund.order, run.log);
  });
}

// An undo pays everything back, and counted this amount as still to come.
constexpr db::Statement kRefundFailed{"refund_failed", R"(
  WITH pending AS (
    SELECT o.id FROM orders AS o JOIN refund AS r ON r.order_id = o.id
     WHERE o.id = $2 AND r.id = $1 AND r.status = 'pending' FOR NO KEY UPDATE),
  undone AS (
    UPDATE refund SET status = 'failed' FROM pending
     WHERE refund.id = $1 AND refund.status = 'pending' RETURNING amount),
  given_back AS (
    UPDATE orders SET version = version + 1, updated_at = $3,
                      refund_pending = refund_pending - undone.amount,
                      refunded = refunded + CASE WHEN status = 'cancelled'
                                                  AND payment_status = 'refunded'
                                                 THEN undone.amount ELSE 0 END
      FROM undone WHERE orders.id = $2),
  lines AS (
    UPDATE order_line SET refunded = order_line.refunded - line.quantity
      FROM undone, refund_line AS line
     WHERE line.refund_id = $1 AND order_line.order_id = $2
       AND order_line.product_id = line.product_id)
  DELETE FROM saga USING undone WHERE saga.id = $1)"};

void PgRefundStore::failed(const RefundRun& run, mercato::Timestamp at) {
  keeping_invariants([&] {
    pool_.transact([&](db::Transaction& transaction) {
      transaction.execute(kRefundFailed, run.refund.id, run.refund.order, at);
      insert_steps(transaction, run.refund.order, run.log);
    });
  });
}

constexpr db::Statement kReadRefunds{"read_refunds", R"(
  SELECT id, order_id, amount, currency, reason, restock, status, created_at
    FROM refund WHERE id = ANY ($1::uuid[]) ORDER BY id DESC)"};
constexpr db::Statement kReadRefundLines{"read_refund_lines", R"(
  SELECT refund_id, product_id, quantity FROM refund_line
   WHERE refund_id = ANY ($1::uuid[]) ORDER BY refund_id, position)"};

std::vector<Refund> PgRefundStore::read(const std::vector<RefundId>& ids) {
  const auto wanted = db::array(ids);
  std::vector<Refund> refunds;
  std::unordered_map<RefundId, std::size_t> position;
  for (const auto& row : pool_.execute(kReadRefunds, wanted)) {
    Refund refund;
    refund.id = db::id<RefundId>(row, "id");
    refund.order = db::id<OrderId>(row, "order_id");
    refund.amount = {db::integer(row, "amount"), db::text(row, "currency")};
    refund.reason = db::text(row, "reason");
    refund.restock = db::boolean(row, "restock");
    const auto status = parse_refund_status(db::text(row, "status"));
    if (!status) throw std::logic_error("unknown refund status in the database");
    refund.status = *status;
    refund.created_at = db::timestamp(row, "created_at");
    position.emplace(refund.id, refunds.size());
    refunds.push_back(std::move(refund));
  }
  for (const auto& row : pool_.execute(kReadRefundLines, wanted)) {
    refunds.at(position.at(db::id<RefundId>(row, "refund_id")))
        .lines.push_back({db::id<ProductId>(row, "product_id"), db::integer(row, "quantity")});
  }
  return refunds;
}

std::optional<Refund> PgRefundStore::find(RefundId id) {
  auto refunds = read({id});
  return refunds.empty() ? std::nullopt : std::optional<Refund>(std::move(refunds.front()));
}

constexpr db::Statement kListRefunds{"list_refunds", R"(
  SELECT id FROM refund
   WHERE order_id = $1 AND id < coalesce($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
   ORDER BY id DESC LIMIT $3)"};

std::vector<Refund> PgRefundStore::list(OrderId order, std::optional<RefundId> before,
                                        std::size_t limit) {
  std::vector<RefundId> ids;
  for (const auto& row : pool_.execute(kListRefunds, order, before, limit)) {
    ids.push_back(db::id<RefundId>(row, "id"));
  }
  return ids.empty() ? std::vector<Refund>{} : read(ids);
}

}  // namespace order::storage
