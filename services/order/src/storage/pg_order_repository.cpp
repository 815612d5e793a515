#include "storage/pg_order_repository.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <stdexcept>
#include <utility>

#include "storage/invariants.hpp"
#include "storage/order_rows.hpp"

namespace order::storage {
namespace {

std::vector<Order> read_by_ids(db::Pool& pool, const std::vector<OrderId>& ids) {
  return read_orders(
      [&pool](const db::Statement& statement, const db::Parameter& parameter) {
        return pool.execute(statement, parameter);
      },
      ids);
}

OrderStatus read_status(const db::Row& row, const char* column) {
  const auto status = parse_order_status(db::text(row, column));
  if (!status) throw std::logic_error("unknown order status in the database");
  return *status;
}

/// The smallest version 7 id of that moment (RFC 9562 section 5.7): ids are ordered by their time,
/// so that a list of a time long ago need not walk all that came since.
mercato::Uuid first_id_at(mercato::Timestamp at) {
  const auto since_epoch = std::max(at.time_since_epoch(), mercato::Timestamp::duration(0));
  auto rest = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(since_epoch).count());
  std::array<std::uint8_t, 16> bytes{};
  for (std::size_t i = 6; i-- > 0; rest >>= 8U) bytes[i] = static_cast<std::uint8_t>(rest & 0xffU);
  return mercato::Uuid(bytes);
}

/// Orders get their id a moment before the time they are created at. Ids never go back, so that it
/// is ahead of that time after the clock was set back, until the clock has caught up.
constexpr std::chrono::seconds kIdIsOlderBy{2};
constexpr std::chrono::hours kIdIsAheadBy{2};

std::optional<mercato::Uuid> lowest_id(const OrderFilter& filter) {
  if (!filter.created_from) return std::nullopt;
  return first_id_at(*filter.created_from - kIdIsOlderBy);
}

/// Ids of the list are below this one.
std::optional<mercato::Uuid> highest_id(const OrderFilter& filter, std::optional<OrderId> before) {
  std::optional<mercato::Uuid> highest;
  if (before) highest = before->value();
  if (filter.created_to) {
    const auto latest = first_id_at(*filter.created_to + kIdIsAheadBy);
    highest = highest ? std::min(*highest, latest) : latest;
  }
  return highest;
}

std::optional<std::string> text_of(const std::optional<OrderStatus>& status) {
  return status ? std::optional<std::string>(name(*status)) : std::nullopt;
}

}  // namespace

std::optional<Order> PgOrderRepository::find(OrderId id) {
  auto orders = read_by_ids(pool_, {id});
  return orders.empty() ? std::nullopt : std::optional<Order>(std::move(orders.front()));
}

// Three statements, since each can use the index of its leading filter whatever the others are.
constexpr db::Statement kListOfUser{"list_orders_of_user", R"(
  SELECT id FROM orders
   WHERE user_id = $1 AND id < coalesce($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
     AND id >= coalesce($3::uuid, '00000000-0000-0000-0000-000000000000')
     AND ($4::text IS NULL OR status = $4)
     AND ($5::timestamptz IS NULL OR created_at >= $5)
     AND ($6::timestamptz IS NULL OR created_at < $6)
   ORDER BY id DESC LIMIT $7)"};

constexpr db::Statement kListByStatus{"list_orders_by_status", R"(
  SELECT id FROM orders
   WHERE status = $1 AND id < coalesce($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
     AND id >= coalesce($3::uuid, '00000000-0000-0000-0000-000000000000')
     AND ($4::timestamptz IS NULL OR created_at >= $4)
     AND ($5::timestamptz IS NULL OR created_at < $5)
   ORDER BY id DESC LIMIT $6)"};

constexpr db::Statement kListAll{"list_orders", R"(
  SELECT id FROM orders
   WHERE id < coalesce($1::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
     AND id >= coalesce($2::uuid, '00000000-0000-0000-0000-000000000000')
     AND ($3::timestamptz IS NULL OR created_at >= $3)
     AND ($4::timestamptz IS NULL OR created_at < $4)
   ORDER BY id DESC LIMIT $5)"};

OrderList PgOrderRepository::list(const OrderFilter& filter, std::optional<OrderId> before,
                                  std::size_t limit) {
  const auto status = text_of(filter.status);
  const auto below = highest_id(filter, before);
  const auto from = lowest_id(filter);
  const auto rows = filter.user ? pool_.execute(kListOfUser, *filter.user, below, from, status,
                                                filter.created_from, filter.created_to, limit)
                    : status    ? pool_.execute(kListByStatus, *status, below, from,
                                                filter.created_from, filter.created_to, limit)
                                : pool_.execute(kListAll, below, from, filter.created_from,
                                                filter.created_to, limit);
  std::vector<OrderId> ids;
  ids.reserve(limit);
  for (const auto& row : rows) ids.push_back(db::id<OrderId>(row, "id"));
  auto orders = read_by_ids(pool_, ids);
  const bool cut = orders.size() < ids.size();  // none is ever deleted
  return {std::move(orders), cut};
}

constexpr db::Statement kTimeline{"timeline", R"(
  SELECT step, service, attempt, outcome, detail, at, trace_id FROM (
    SELECT CASE to_status WHEN 'pending' THEN 'place_order'
                          WHEN 'confirmed' THEN 'confirm_order'
                          WHEN 'rejected' THEN 'reject_order'
                          WHEN 'cancelling' THEN 'cancel_order'
                          WHEN 'cancelled' THEN 'order_cancelled'
                          WHEN 'shipped' THEN 'ship_order'
                          ELSE 'deliver_order' END AS step,
           'order' AS service, 1 AS attempt, 'ok' AS outcome,
           from_status || ' to ' || to_status AS detail, at, trace_id,
           CASE to_status WHEN 'pending' THEN 0 ELSE 2 END AS rank, seq AS place
      FROM order_event WHERE order_id = $1
    UNION ALL
    SELECT step, service, attempt, outcome, detail, at, trace_id, 1, id
      FROM order_step WHERE order_id = $1) AS entry
   ORDER BY at, rank, place)"};

std::vector<TimelineEntry> PgOrderRepository::timeline(OrderId id) {
  std::vector<TimelineEntry> entries;
  for (const auto& row : pool_.execute(kTimeline, id)) {
    entries.push_back({db::text(row, "step"), db::text(row, "service"),
                       static_cast<int>(db::integer(row, "attempt")), db::text(row, "outcome"),
                       db::text(row, "detail"), db::timestamp(row, "at"),
                       db::text(row, "trace_id")});
  }
  return entries;
}

constexpr db::Statement kNoLongerPending{"no_longer_pending", R"(
  SELECT id FROM orders WHERE id = ANY ($1::uuid[]) AND status <> 'pending' ORDER BY id)"};

std::vector<OrderId> PgOrderRepository::no_longer_pending(const std::vector<OrderId>& ids) {
  std::vector<OrderId> settled;
  for (const auto& row : pool_.execute(kNoLongerPending, db::array(ids))) {
    settled.push_back(db::id<OrderId>(row, "id"));
  }
  return settled;
}

constexpr db::Statement kStatusChanges{"status_changes", R"(
  SELECT e.order_id, e.seq, e.to_status, e.at
    FROM unnest($1::uuid[], $2::bigint[]) AS seen (order_id, seq)
    JOIN order_event AS e ON e.order_id = seen.order_id AND e.seq > seen.seq
   ORDER BY e.order_id, e.seq)"};

std::vector<StatusChange> PgOrderRepository::status_changes(
    const std::vector<std::pair<OrderId, std::int64_t>>& after) {
  std::vector<OrderId> orders;
  std::vector<std::int64_t> seen;
  for (const auto& [order, seq] : after) {
    orders.push_back(order);
    seen.push_back(seq);
  }
  std::vector<StatusChange> changes;
  for (const auto& row : pool_.execute(kStatusChanges, db::array(orders), db::array(seen))) {
    changes.push_back({db::id<OrderId>(row, "order_id"), db::integer(row, "seq"),
                       read_status(row, "to_status"), db::timestamp(row, "at")});
  }
  return changes;
}

// The status decides who wins against the checkout's pivot and against shipping. The saga's version
// moves on, so that whoever is at work on it cannot write it back.
constexpr db::Statement kBeginCancel{"begin_cancel", R"(
  WITH stopped AS (
    UPDATE orders SET status = 'cancelling', version = version + 1, reject_reason = $2,
                      trace_id = $3, updated_at = $4
     WHERE id = $1 AND status IN ('pending', 'confirmed') RETURNING id),
  logged AS (
    INSERT INTO order_step (order_id, step, service, attempt, outcome, detail, at, trace_id)
    SELECT s.order_id, s.step, s.service, s.attempt, s.outcome, s.detail, s.at, s.trace_id
      FROM stopped JOIN unnest($6::uuid[], $7::text[], $8::text[], $9::int[], $10::text[],
                               $11::text[], $12::timestamptz[], $13::text[])
                        AS s (order_id, step, service, attempt, outcome, detail, at, trace_id)
             ON s.order_id = stopped.id)
  INSERT INTO saga (id, order_id, kind, lease, next_run_at, started_at, trace_id)
  SELECT id, id, 'undo', $5, now() + interval '2 s', $4, $3 FROM stopped
  ON CONFLICT (id) DO UPDATE
    SET kind = 'undo', version = saga.version + 1, attempt = 1, lease = excluded.lease,
        next_run_at = excluded.next_run_at, started_at = excluded.started_at,
        trace_id = excluded.trace_id, parked_reason = NULL, payment_method = NULL
  RETURNING version)"};

std::optional<Undo> PgOrderRepository::begin_cancel(OrderId id, std::optional<Reason> reason,
                                                    const StepLog& log, const std::string& trace_id,
                                                    mercato::Timestamp at) {
  const auto why = reason ? std::optional<std::string>(name(*reason)) : std::nullopt;
  StepColumns steps;
  add_steps(steps, id, log);
  const auto rows = keeping_invariants([&] {
    return pool_.execute_with(mercato::Deadline::never(), kBeginCancel,
                              db::parameters(id, why, trace_id, at, instance_, steps));
  });
  if (rows.empty()) return std::nullopt;
  Undo undo;
  undo.saga.id = SagaId(id.value());
  undo.saga.order = id;
  undo.saga.kind = SagaKind::undo;
  undo.saga.version = db::integer(rows[0], "version");
  undo.saga.started_at = at;
  undo.saga.trace_id = trace_id;
  return undo;
}

constexpr db::Statement kShip{"ship_order", R"(
  UPDATE orders SET status = 'shipped', version = version + 1, carrier = $2,
                    tracking_number = $3, trace_id = $4, updated_at = $5,
                    payment_status = CASE payment_status WHEN 'authorized' THEN 'captured'
                                                         ELSE payment_status END
   WHERE id = $1 AND status = 'confirmed' AND refunded + refund_pending < total)"};

bool PgOrderRepository::ship(OrderId id, const Tracking& tracking, const std::string& trace_id,
                             mercato::Timestamp at) {
  return pool_.execute(kShip, id, tracking.carrier, tracking.number, trace_id, at)
             .affected_rows() == 1;
}

constexpr db::Statement kDeliver{"deliver_order", R"(
  UPDATE orders SET status = 'delivered', version = version + 1, trace_id = $2, updated_at = $3
   WHERE id = $1 AND status = 'shipped')"};

bool PgOrderRepository::deliver(OrderId id, const std::string& trace_id, mercato::Timestamp at) {
  return pool_.execute(kDeliver, id, trace_id, at).affected_rows() == 1;
}

}  // namespace order::storage
