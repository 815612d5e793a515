#include "storage/pg_stock_repository.hpp"

#include <mercato/error/error.hpp>

namespace catalog::storage {

namespace db = mercato::db;

constexpr db::Statement kFindStock{"find_stock",
                              "SELECT on_hand, reserved FROM stock WHERE product_id = $1"};

std::optional<StockLevel> PgStockRepository::find(ProductId id) {
  const auto rows = pool_.execute(kFindStock, id);
  if (rows.empty()) return std::nullopt;
  return StockLevel{db::integer(rows[0], "on_hand"), db::integer(rows[0], "reserved")};
}

constexpr db::Statement kLockStock{
    "lock_stock", "SELECT on_hand, reserved FROM stock WHERE product_id = $1 FOR UPDATE"};

constexpr db::Statement kAdjust{"adjust_stock", R"(
  WITH changed AS (
    UPDATE stock SET on_hand = on_hand + $2 WHERE product_id = $1 RETURNING on_hand),
  moved AS (
    INSERT INTO stock_movement (product_id, kind, delta, ref, reason)
    VALUES ($1, 'adjustment', $2, $3, $4) RETURNING at)
  SELECT changed.on_hand, moved.at FROM changed, moved)"};

StockAdjustment adjust_stock(db::Transaction& transaction, ProductId product, std::int64_t delta,
                             const std::string& reason) {
  const auto known = transaction.execute(kLockStock, product);
  if (known.empty()) throw mercato::not_found();
  const auto left = db::integer(known[0], "on_hand") + delta;
  if (left < db::integer(known[0], "reserved")) {
    throw mercato::Error(mercato::ErrorKind::conflict, "insufficient_stock",
                         "Less would be left than is reserved for orders.");
  }
  // What came back from orders may lie on the shelf beyond that: it is emptied in any steps.
  if (delta > 0 && left > kMaxOnHand) {
    throw mercato::validation_failed({{"/delta", "out_of_range", "Too many would be on hand."}});
  }
  const auto id = mercato::Uuid::v7();
  const auto rows = transaction.execute(kAdjust, product, delta, id.str(), reason);
  return {id, product, delta, reason, db::integer(rows[0], "on_hand"),
          db::timestamp(rows[0], "at")};
}

}  // namespace catalog::storage
