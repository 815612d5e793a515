#include "storage/pg_reservation_store.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "storage/reserve_rows.hpp"

namespace catalog::storage {
namespace {

namespace db = mercato::db;

/// The lines of many orders as columns; `seq` is an order's place among the requests.
struct ReservationColumns {
  std::vector<std::int64_t> seq;
  std::vector<OrderId> orders;
  std::vector<std::int64_t> positions;
  std::vector<ProductId> products;
  std::vector<std::int64_t> quantities;

  void add(std::size_t place, const ReservationRequest& request) {
    for (std::size_t i = 0; i < request.products.size(); ++i) {
      seq.push_back(static_cast<std::int64_t>(place));
      orders.push_back(request.order);
      positions.push_back(static_cast<std::int64_t>(i + 1));
      products.push_back(request.products[i]);
      quantities.push_back(request.quantities[i]);
    }
  }
};

/// Whether the order got nothing because of what it asks for.
bool is_refusal(const ReserveResult& result) {
  return std::holds_alternative<OutOfStock>(result) || std::holds_alternative<NotOrderable>(result);
}

}  // namespace

// `offered` is what the orders want, as it is sold, read without a lock: an order that asks for
// more than there is, or for what is not sold, is refused by that alone and waits for nobody. For
// the others the stock is locked, and given to them in turn: an order gets everything if what it
// and all before it want is there. (One that got nothing may have lost to one that then failed
// itself: that is not told apart here, it is tried again.)
constexpr db::Statement kReserve{"reserve_stock", R"(
  WITH wanted AS MATERIALIZED (
    SELECT w.seq, w.order_id, w.position, w.product_id, w.quantity
      FROM unnest($1::bigint[], $2::uuid[], $3::bigint[], $4::uuid[], $5::bigint[])
           AS w (seq, order_id, position, product_id, quantity)
     WHERE NOT EXISTS (SELECT FROM reservation r WHERE r.order_id = w.order_id)),
  offered AS MATERIALIZED (
    SELECT w.seq, w.order_id, w.position, w.product_id, w.quantity, p.sku, p.name, p.price,
           p.currency, p.status, s.on_hand - s.reserved AS available
      FROM wanted w LEFT JOIN product p ON p.id = w.product_id
      LEFT JOIN stock s ON s.product_id = w.product_id),
  sound AS MATERIALIZED (
    SELECT order_id FROM offered GROUP BY order_id
    HAVING bool_and(coalesce(status = 'active' AND quantity <= available, false))
       AND min(currency) = max(currency)),
  locked AS MATERIALIZED (
    SELECT s.product_id, s.on_hand - s.reserved AS available FROM stock s
     WHERE s.product_id IN (SELECT o.product_id FROM offered o JOIN sound USING (order_id))
     ORDER BY s.product_id FOR UPDATE),
  placed AS MATERIALIZED (
    SELECT o.order_id, o.position, o.product_id, o.quantity, o.sku, o.name, o.price, o.currency,
           sum(o.quantity) OVER (PARTITION BY o.product_id ORDER BY o.seq) <= l.available AS fits
      FROM offered o JOIN sound USING (order_id) JOIN locked l USING (product_id)),
  made AS (
    INSERT INTO reservation (order_id, status, expires_at)
    SELECT order_id, 'held', clock_timestamp() + make_interval(secs => $6::bigint)
      FROM placed GROUP BY order_id HAVING bool_and(fits) ORDER BY order_id
    ON CONFLICT DO NOTHING RETURNING order_id, expires_at),
  taken AS (
    UPDATE stock s SET reserved = s.reserved + t.quantity
      FROM (SELECT product_id, sum(quantity)::bigint AS quantity
              FROM placed JOIN made USING (order_id) GROUP BY product_id) t
     WHERE s.product_id = t.product_id),
  kept AS (
    INSERT INTO reservation_line (order_id, product_id, position, quantity, sku, name, unit_price,
                                  currency)
    SELECT order_id, product_id, position, quantity, sku, name, price, currency
      FROM placed JOIN made USING (order_id))
  SELECT o.seq, o.product_id, o.quantity, o.sku, o.name, o.price, o.currency,
         o.status <> 'active' AS archived, coalesce(l.available, o.available) AS available,
         m.expires_at AS held_until
    FROM offered o LEFT JOIN locked l USING (product_id) LEFT JOIN made m USING (order_id)
   ORDER BY o.seq, o.position)"};

// A statement that had to wait for the stock reads it anew, but still knows the orders of before:
// the same order, sent twice at once, would find what it holds itself to be somebody else's.
constexpr db::Statement kKnownOrders{"find_known_orders", R"(
  SELECT order_id FROM reservation WHERE order_id = ANY ($1::uuid[]) ORDER BY order_id)"};

void PgReservationStore::reopen_known(const std::vector<ReservationRequest>& requests,
                                      const std::vector<std::size_t>& asked,
                                      std::vector<std::optional<ReserveResult>>& results,
                                      mercato::Deadline deadline) {
  std::map<OrderId, std::size_t> refused;
  std::vector<OrderId> orders;
  for (const auto place : asked) {
    const auto& result = results[place];
    if (!result || !is_refusal(*result)) continue;
    orders.push_back(requests[place].order);
    refused.emplace(orders.back(), place);
  }
  if (orders.empty()) return;
  for (const auto& row : pool_.execute_until(deadline, kKnownOrders, db::array(orders))) {
    results[refused.at(db::id<OrderId>(row, "order_id"))].reset();
  }
}

std::vector<ReserveResult> PgReservationStore::reserve(
    const std::vector<ReservationRequest>& requests, mercato::Deadline deadline) {
  std::vector<std::optional<ReserveResult>> results(requests.size());
  std::vector<std::size_t> open(requests.size());
  for (std::size_t i = 0; i < open.size(); ++i) open[i] = i;
  // Each round settles the first of them at least.
  while (!open.empty()) {
    ReservationColumns lines;
    for (const auto place : open) lines.add(place, requests[place]);
    std::map<std::size_t, std::vector<OfferedLine>> offered;
    for (const auto& row : pool_.execute_until(
             deadline, kReserve, db::array(lines.seq), db::array(lines.orders),
             db::array(lines.positions), db::array(lines.products), db::array(lines.quantities),
             lifetime_.count())) {
      offered[static_cast<std::size_t>(db::integer(row, "seq"))].push_back(OfferedLine::read(row));
    }
    for (const auto place : open) {
      const auto lines_of = offered.find(place);
      results[place] = lines_of == offered.end() ? find(requests[place], deadline)
                                                 : outcome_of(lines_of->second);
    }
    reopen_known(requests, open, results, deadline);
    open.erase(std::remove_if(open.begin(), open.end(),
                              [&](std::size_t place) { return results[place].has_value(); }),
               open.end());
  }
  std::vector<ReserveResult> settled;
  settled.reserve(results.size());
  for (auto& result : results) settled.push_back(std::move(*result));
  return settled;
}

constexpr db::Statement kFindReservation{"find_reservation", R"(
  SELECT r.status, r.expires_at, l.product_id, l.sku, l.name, l.quantity, l.unit_price, l.currency
    FROM reservation r LEFT JOIN reservation_line l USING (order_id)
   WHERE r.order_id = $1 ORDER BY l.position)"};

ReserveResult PgReservationStore::find(const ReservationRequest& request,
                                       mercato::Deadline deadline) {
  const auto rows = pool_.execute_until(deadline, kFindReservation, request.order);
  if (rows.empty()) throw db::Conflict();
  if (db::text(rows[0], "status") == "released") return Withdrawn{};
  Reserved reserved{db::timestamp(rows[0], "expires_at"), {}};
  std::map<ProductId, std::int64_t> wanted;
  for (std::size_t i = 0; i < request.products.size(); ++i) {
    wanted.emplace(request.products[i], request.quantities[i]);
  }
  for (const auto& row : rows) {
    const auto product = db::id<ProductId>(row, "product_id");
    const auto quantity = db::integer(row, "quantity");
    const auto same = wanted.find(product);
    if (same == wanted.end() || same->second != quantity) return OtherLines{};
    reserved.lines.push_back({product, db::text(row, "sku"), db::text(row, "name"), quantity,
                              {db::integer(row, "unit_price"), db::text(row, "currency")}});
  }
  if (reserved.lines.size() != wanted.size()) return OtherLines{};
  return reserved;
}

constexpr db::Statement kCommit{"commit_reservations", R"(
  WITH due AS MATERIALIZED (
    SELECT order_id, status, status = 'held' AND expires_at > clock_timestamp() AS sells
      FROM reservation WHERE order_id = ANY ($1::uuid[]) ORDER BY order_id FOR UPDATE),
  line AS MATERIALIZED (
    SELECT l.order_id, l.product_id, l.quantity
      FROM due JOIN reservation_line l USING (order_id) WHERE due.sells),
  locked AS MATERIALIZED (
    SELECT product_id FROM stock WHERE product_id IN (SELECT product_id FROM line)
     ORDER BY product_id FOR UPDATE),
  moved AS (
    UPDATE stock s SET on_hand = s.on_hand - t.quantity, reserved = s.reserved - t.quantity,
                       sold = s.sold + t.quantity
      FROM (SELECT product_id, sum(quantity)::bigint AS quantity
              FROM line JOIN locked USING (product_id) GROUP BY product_id) t
     WHERE s.product_id = t.product_id),
  noted AS (
    INSERT INTO stock_movement (product_id, kind, delta, order_id)
    SELECT product_id, 'sale', -quantity, order_id FROM line),
  done AS (
    UPDATE reservation r SET status = 'committed' FROM due
     WHERE r.order_id = due.order_id AND due.sells)
  SELECT order_id, CASE WHEN sells OR status = 'committed' THEN 'committed'
                        WHEN status = 'released' THEN 'withdrawn' ELSE 'expired' END AS outcome
    FROM due ORDER BY order_id)"};

std::vector<CommitResult> PgReservationStore::commit(const std::vector<OrderId>& orders,
                                                     mercato::Deadline deadline) {
  std::map<OrderId, CommitResult> outcomes;
  for (const auto& row : pool_.execute_until(deadline, kCommit, db::array(orders))) {
    const auto outcome = db::text(row, "outcome");
    outcomes[db::id<OrderId>(row, "order_id")] = outcome == "committed" ? CommitResult::committed
                                                 : outcome == "expired" ? CommitResult::expired
                                                                        : CommitResult::withdrawn;
  }
  std::vector<CommitResult> results;
  results.reserve(orders.size());
  for (const auto& order : orders) {
    const auto found = outcomes.find(order);
    results.push_back(found == outcomes.end() ? CommitResult::unknown : found->second);
  }
  return results;
}

constexpr db::Statement kRelease{"release_reservation", "SELECT release_reservation($1)"};

void PgReservationStore::release(OrderId order, mercato::Deadline deadline) {
  pool_.execute_until(deadline, kRelease, order);
}

constexpr db::Statement kRestock{"restock_reservation", R"(
  SELECT restock_reservation($1, $2, $3::uuid[], $4::bigint[]) AS outcome)"};

RestockResult PgReservationStore::restock(const ReservationRequest& returned,
                                          const std::string& refund, mercato::Deadline deadline) {
  try {
    const auto rows = pool_.execute_until(deadline, kRestock, returned.order, refund,
                                          db::array(returned.products),
                                          db::array(returned.quantities));
    return db::text(rows[0], "outcome") == "restocked" ? RestockResult::restocked
                                                       : RestockResult::illegal;
  } catch (const db::ConstraintViolation& violation) {
    if (violation.constraint() != "never_restock_more_than_sold") throw;
    return RestockResult::too_much;
  }
}

// The time as of the statement's start: as of each row, no index could be searched by it.
const db::Statement kListDueHolds{"list_due_holds", R"(
  SELECT expires_at, order_id FROM reservation
   WHERE status = 'held' AND expires_at <= statement_timestamp()
     AND (expires_at, order_id) > ($1::timestamptz, $2::uuid)
   ORDER BY expires_at, order_id LIMIT $3)"};

std::vector<Hold> PgReservationStore::list_due(const Hold& after, std::size_t most) {
  std::vector<Hold> due;
  for (const auto& row : pool_.execute(kListDueHolds, after.expires_at, after.order, most)) {
    due.push_back({db::timestamp(row, "expires_at"), db::id<OrderId>(row, "order_id")});
  }
  return due;
}

constexpr db::Statement kExpire{"expire_reservations", R"(
  WITH due AS MATERIALIZED (
    SELECT order_id FROM reservation
     WHERE order_id = ANY ($1::uuid[]) AND status = 'held' AND expires_at <= statement_timestamp()
     ORDER BY order_id FOR UPDATE SKIP LOCKED),
  line AS MATERIALIZED (
    SELECT l.product_id, l.quantity FROM due JOIN reservation_line l USING (order_id)),
  locked AS MATERIALIZED (
    SELECT product_id FROM stock WHERE product_id IN (SELECT product_id FROM line)
     ORDER BY product_id FOR UPDATE),
  freed AS (
    UPDATE stock s SET reserved = s.reserved - t.quantity
      FROM (SELECT product_id, sum(quantity)::bigint AS quantity
              FROM line JOIN locked USING (product_id) GROUP BY product_id) t
     WHERE s.product_id = t.product_id)
  UPDATE reservation r SET status = 'expired' FROM due WHERE r.order_id = due.order_id)"};

void PgReservationStore::expire(const std::vector<OrderId>& orders) {
  pool_.execute(kExpire, db::array(orders));
}

}  // namespace catalog::storage
