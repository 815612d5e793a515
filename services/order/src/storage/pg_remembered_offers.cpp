#include "storage/pg_remembered_offers.hpp"

namespace order::storage {

namespace db = mercato::db;

/// Lines that are written at once: a product may be in more carts than one statement has time for,
/// and who buys what is in one of them waits until they are committed.
constexpr std::int64_t kStep = 5'000;

constexpr db::Statement kCountOutdated{"count_outdated_offers", R"(
  SELECT count(*) FROM (
    SELECT FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::text[])
                AS seen (product_id, sku, name, unit_price, currency)
           JOIN cart_line AS c ON c.product_id = seen.product_id
     WHERE (c.sku, c.name, c.unit_price, c.currency) IS DISTINCT FROM
           (seen.sku, seen.name, seen.unit_price, seen.currency)
     LIMIT $6) AS outdated)"};

// What is locked is passed over: to wait for one cart while holding others would be a deadlock.
constexpr db::Statement kRefreshNextCarts{"refresh_next_carts", R"(
  WITH next AS (
    SELECT user_id FROM cart_line
     WHERE product_id = $1 AND user_id > $2
       AND (sku, name, unit_price, currency) IS DISTINCT FROM
           ($3::text, $4::text, $5::bigint, $6::text)
     ORDER BY user_id LIMIT $7 FOR UPDATE SKIP LOCKED),
  written AS (
    UPDATE cart_line AS c SET sku = $3, name = $4, unit_price = $5, currency = $6
      FROM next WHERE c.user_id = next.user_id AND c.product_id = $1)
  SELECT user_id FROM next ORDER BY user_id DESC LIMIT 1)"};

constexpr db::Statement kHoldOn{"hold_on", "SELECT 1"};

// The few that were passed over, and all of a product that is in few carts.
constexpr db::Statement kRefreshOffers{"refresh_remembered_offers", R"(
  UPDATE cart_line AS c
     SET sku = seen.sku, name = seen.name, unit_price = seen.unit_price, currency = seen.currency
    FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::text[])
         AS seen (product_id, sku, name, unit_price, currency)
   WHERE c.product_id = seen.product_id
     AND (c.sku, c.name, c.unit_price, c.currency) IS DISTINCT FROM
         (seen.sku, seen.name, seen.unit_price, seen.currency))"};

namespace {

/// From cart to cart. The transaction waits meanwhile, and would be ended if it did nothing for too
/// long. Once it is over we may not write any more: others may be at what came after.
void refresh_many_carts(db::Pool& pool, db::Transaction& transaction, ProductId product,
                        const Offer& offer) {
  const auto& price = offer.unit_price;
  for (UserId last;;) {
    transaction.execute(kHoldOn);
    const auto written = pool.execute(kRefreshNextCarts, product, last, offer.sku, offer.name,
                                      price.amount_minor, price.currency, kStep);
    if (written.empty()) return;
    last = db::id<UserId>(written[0], "user_id");
  }
}

}  // namespace

void refresh_remembered_offers(db::Pool& pool, db::Transaction& transaction,
                               const std::map<ProductId, Offer>& offers) {
  db::Columns<5> columns;
  for (const auto& [product, offer] : offers) {
    columns.add(product, offer.sku, offer.name, offer.unit_price.amount_minor,
                offer.unit_price.currency);
  }
  // Most products are in few carts.
  const auto outdated = transaction.execute_with(kCountOutdated, db::parameters(columns, kStep));
  if (db::integer(outdated[0], "count") == kStep) {
    for (const auto& [product, offer] : offers) {
      refresh_many_carts(pool, transaction, product, offer);
    }
  }
  transaction.execute_with(kRefreshOffers, db::parameters(columns));
}

}  // namespace order::storage
