#include "storage/pg_offer_reader.hpp"

namespace catalog::storage {

namespace db = mercato::db;

constexpr db::Statement kListOffers{"list_offers", R"(
  SELECT p.id, p.sku, p.name, p.price, p.currency, p.status = 'archived' AS archived,
         s.on_hand - s.reserved AS available
    FROM product p JOIN stock s ON s.product_id = p.id
   WHERE p.id = ANY ($1::uuid[]) ORDER BY p.id)"};

std::vector<Offer> PgOfferReader::list(const std::vector<ProductId>& products) {
  std::vector<Offer> offers;
  for (const auto& row : pool_.execute(kListOffers, db::array(products))) {
    offers.push_back({db::id<ProductId>(row, "id"),
                      db::text(row, "sku"),
                      db::text(row, "name"),
                      {db::integer(row, "price"), db::text(row, "currency")},
                      db::boolean(row, "archived"),
                      db::integer(row, "available")});
  }
  return offers;
}

}  // namespace catalog::storage
