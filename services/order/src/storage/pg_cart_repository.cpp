#include "storage/pg_cart_repository.hpp"

namespace order::storage {

namespace db = mercato::db;

constexpr db::Statement kListCart{"list_cart", R"(
  SELECT product_id, quantity, sku, name, unit_price, currency
    FROM cart_line WHERE user_id = $1 ORDER BY added_at, product_id LIMIT $2)"};

std::vector<CartItem> PgCartRepository::list(UserId user) {
  std::vector<CartItem> items;
  for (const auto& row : pool_.execute(kListCart, user, kMaxLines)) {
    CartItem item{db::id<ProductId>(row, "product_id"), db::integer(row, "quantity"), {}};
    if (const auto price = db::optional_integer(row, "unit_price")) {
      item.last_seen =
          Offer{db::text(row, "sku"), db::text(row, "name"), {*price, db::text(row, "currency")}};
    }
    items.push_back(std::move(item));
  }
  return items;
}

// Puts nothing in when the cart is full: the trigger limit_cart (0012_limit_carts.sql).
constexpr db::Statement kPutCartLine{"put_cart_line", R"(
  INSERT INTO cart_line AS c (user_id, product_id, quantity, sku, name, unit_price, currency)
  VALUES ($1, $2, $3, $4, $5, $6, $7)
  ON CONFLICT (user_id, product_id) DO UPDATE
    SET quantity = excluded.quantity,
        sku = coalesce(excluded.sku, c.sku), name = coalesce(excluded.name, c.name),
        unit_price = coalesce(excluded.unit_price, c.unit_price),
        currency = coalesce(excluded.currency, c.currency))"};

bool PgCartRepository::put(UserId user, const CartItem& item) {
  const auto& seen = item.last_seen;
  const auto result =
      seen ? pool_.execute(kPutCartLine, user, item.product, item.quantity, seen->sku, seen->name,
                           seen->unit_price.amount_minor, seen->unit_price.currency)
           : pool_.execute(kPutCartLine, user, item.product, item.quantity, std::nullopt,
                           std::nullopt, std::nullopt, std::nullopt);
  return result.affected_rows() == 1;
}

// Whoever reads a cart does not wait for somebody who writes it.
constexpr db::Statement kRememberOffers{"remember_offers", R"(
  UPDATE cart_line AS c
     SET sku = seen.sku, name = seen.name, unit_price = seen.unit_price, currency = seen.currency
    FROM unnest($2::uuid[], $3::text[], $4::text[], $5::bigint[], $6::text[])
         AS seen (product_id, sku, name, unit_price, currency)
   WHERE c.user_id = $1 AND c.product_id = seen.product_id
     AND c.product_id = ANY (ARRAY(
           SELECT product_id FROM cart_line WHERE user_id = $1 AND product_id = ANY ($2::uuid[])
              FOR UPDATE SKIP LOCKED)))"};

void PgCartRepository::remember(UserId user, const std::vector<CartItem>& items) {
  std::vector<ProductId> products;
  std::vector<std::string> skus;
  std::vector<std::string> names;
  std::vector<std::int64_t> prices;
  std::vector<std::string> currencies;
  for (const auto& item : items) {
    products.push_back(item.product);
    skus.push_back(item.last_seen->sku);
    names.push_back(item.last_seen->name);
    prices.push_back(item.last_seen->unit_price.amount_minor);
    currencies.push_back(item.last_seen->unit_price.currency);
  }
  pool_.execute(kRememberOffers, user, db::array(products), db::array(skus), db::array(names),
                db::array(prices), db::array(currencies));
}

constexpr db::Statement kRemoveCartLine{
    "remove_cart_line", "DELETE FROM cart_line WHERE user_id = $1 AND product_id = $2"};

void PgCartRepository::remove(UserId user, ProductId product) {
  pool_.execute(kRemoveCartLine, user, product);
}

constexpr db::Statement kClearCart{"clear_cart", "DELETE FROM cart_line WHERE user_id = $1"};

void PgCartRepository::clear(UserId user) {
  pool_.execute(kClearCart, user);
}

}  // namespace order::storage
