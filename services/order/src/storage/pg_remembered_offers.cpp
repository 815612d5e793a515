#include "storage/pg_remembered_offers.hpp"

#include <string>
#include <vector>

namespace order::storage {

namespace db = mercato::db;

/// Lines that are written at once: a product may be in more carts than one statement has time for.
constexpr std::size_t kStep = 5'000;

// What is locked is passed over: carts are written in an order of their own, and to wait for one of
// their rows while holding others would be a deadlock.
constexpr db::Statement kRefreshSomeOffers{"refresh_some_remembered_offers", R"(
  UPDATE cart_line AS c
     SET sku = seen.sku, name = seen.name, unit_price = seen.unit_price, currency = seen.currency
    FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::text[])
         AS seen (product_id, sku, name, unit_price, currency)
   WHERE c.product_id = seen.product_id
     AND c.ctid = ANY (ARRAY(
           SELECT old.ctid
             FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::text[])
                  AS seen (product_id, sku, name, unit_price, currency)
             JOIN cart_line AS old ON old.product_id = seen.product_id
            WHERE (old.sku, old.name, old.unit_price, old.currency) IS DISTINCT FROM
                  (seen.sku, seen.name, seen.unit_price, seen.currency)
            LIMIT $6 FOR UPDATE OF old SKIP LOCKED)))"};

// The few that were passed over.
constexpr db::Statement kRefreshOffers{"refresh_remembered_offers", R"(
  UPDATE cart_line AS c
     SET sku = seen.sku, name = seen.name, unit_price = seen.unit_price, currency = seen.currency
    FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::text[])
         AS seen (product_id, sku, name, unit_price, currency)
   WHERE c.product_id = seen.product_id
     AND (c.sku, c.name, c.unit_price, c.currency) IS DISTINCT FROM
         (seen.sku, seen.name, seen.unit_price, seen.currency))"};

void refresh_remembered_offers(db::Transaction& transaction,
                               const std::map<ProductId, Offer>& offers) {
  std::vector<ProductId> products;
  std::vector<std::string> skus;
  std::vector<std::string> names;
  std::vector<std::int64_t> prices;
  std::vector<std::string> currencies;
  for (const auto& [product, offer] : offers) {
    products.push_back(product);
    skus.push_back(offer.sku);
    names.push_back(offer.name);
    prices.push_back(offer.unit_price.amount_minor);
    currencies.push_back(offer.unit_price.currency);
  }
  const auto refresh = [&](const db::Statement& statement, const auto&... limit) {
    return db::affected_rows(transaction.execute(statement, db::array(products), db::array(skus),
                                                 db::array(names), db::array(prices),
                                                 db::array(currencies), limit...));
  };
  while (refresh(kRefreshSomeOffers, kStep) > 0) continue;
  refresh(kRefreshOffers);
}

}  // namespace order::storage
