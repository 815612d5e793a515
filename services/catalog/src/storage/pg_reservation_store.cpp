#include "storage/pg_reservation_store.hpp"

#include <stdexcept>
#include <string>

namespace catalog::storage {
namespace {

namespace db = mercato::db;

Reserved read_reserved(const db::Result& rows) {
  Reserved reserved;
  reserved.expires_at = db::timestamp(rows[0], "expires_at");
  for (const auto& row : rows) {
    reserved.lines.push_back({db::id<ProductId>(row, "product_id"), db::text(row, "sku"),
                              db::text(row, "name"), db::integer(row, "quantity"),
                              {db::integer(row, "unit_price"), db::text(row, "currency")}});
  }
  return reserved;
}

OutOfStock read_shortages(const db::Result& rows) {
  OutOfStock shortages;
  for (const auto& row : rows) {
    shortages.push_back({db::id<ProductId>(row, "product_id"), db::text(row, "sku"),
                         db::integer(row, "quantity"), db::integer(row, "available")});
  }
  return shortages;
}

NotOrderable read_unsold(const db::Result& rows) {
  NotOrderable unsold;
  for (const auto& row : rows) {
    unsold.push_back({db::id<ProductId>(row, "product_id"), db::text(row, "reason")});
  }
  return unsold;
}

}  // namespace

constexpr db::Statement kReserve{"reserve_stock", R"(
  SELECT outcome, expires_at, product_id, sku, name, quantity, unit_price, currency, available,
         reason
    FROM reserve_stock($1, $2::uuid[], $3::bigint[], make_interval(secs => $4::bigint)))"};

ReserveResult PgReservationStore::reserve(const ReservationRequest& request,
                                          mercato::Deadline deadline) {
  const auto rows =
      pool_.execute_until(deadline, kReserve, request.order, db::array(request.products),
                          db::array(request.quantities), lifetime_.count());
  const auto outcome = db::text(rows[0], "outcome");
  if (outcome == "reserved") return read_reserved(rows);
  if (outcome == "out_of_stock") return read_shortages(rows);
  if (outcome == "not_orderable") return read_unsold(rows);
  if (outcome == "withdrawn") return Withdrawn{};
  if (outcome == "other_lines") return OtherLines{};
  throw std::logic_error("reserve_stock answered " + outcome);
}

constexpr db::Statement kCommit{"commit_reservation",
                                "SELECT commit_reservation($1) AS outcome"};

CommitResult PgReservationStore::commit(OrderId order, mercato::Deadline deadline) {
  const auto outcome =
      db::text(pool_.execute_until(deadline, kCommit, order)[0], "outcome");
  if (outcome == "committed") return CommitResult::committed;
  if (outcome == "expired") return CommitResult::expired;
  if (outcome == "withdrawn") return CommitResult::withdrawn;
  return CommitResult::unknown;
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

constexpr db::Statement kExpire{"expire_reservations",
                                "SELECT expire_reservations($1) AS freed"};

std::size_t PgReservationStore::expire(std::size_t most) {
  return static_cast<std::size_t>(db::integer(pool_.execute(kExpire, most)[0], "freed"));
}

}  // namespace catalog::storage
