#include "storage/pg_product_sales.hpp"

#include <vector>

namespace catalog::storage {

namespace db = mercato::db;

constexpr db::Statement kCountSales{"count_sales", R"(
  INSERT INTO product_sales AS s (product_id, sold)
  SELECT n.product_id, n.quantity
    FROM unnest($1::uuid[], $2::bigint[]) AS n (product_id, quantity)
  ON CONFLICT (product_id) DO UPDATE SET sold = s.sold + excluded.sold)"};

void count_sales(db::Transaction& transaction,
                 const std::map<ProductId, std::int64_t>& quantities) {
  std::vector<ProductId> products;
  std::vector<std::int64_t> counts;
  for (const auto& [product, quantity] : quantities) {
    products.push_back(product);
    counts.push_back(quantity);
  }
  transaction.execute(kCountSales, db::array(products), db::array(counts));
}

}  // namespace catalog::storage
