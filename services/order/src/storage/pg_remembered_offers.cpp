#include "storage/pg_remembered_offers.hpp"

#include <string>
#include <vector>

namespace order::storage {

namespace db = mercato::db;

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
  transaction.execute(kRefreshOffers, db::array(products), db::array(skus), db::array(names),
                      db::array(prices), db::array(currencies));
}

}  // namespace order::storage
