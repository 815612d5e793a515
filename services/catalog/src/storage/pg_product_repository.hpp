#pragma once

#include <mercato/db/pool.hpp>

#include "domain/product_repository.hpp"

namespace catalog::storage {

class PgProductRepository : public ProductRepository {
 public:
  explicit PgProductRepository(mercato::db::Pool& pool) : pool_(pool) {}

  [[nodiscard]] std::optional<Product> find(ProductId id) override;
  [[nodiscard]] std::optional<Product> find_by_sku(const std::string& sku) override;
  [[nodiscard]] std::vector<ListedProduct> list(const ProductFilter& filter,
                                                const std::optional<Position>& after,
                                                std::size_t limit) override;
  Product insert(const NewProduct& product, const std::string& trace_id) override;
  std::optional<Product> update(ProductId id, const std::string& trace_id,
                                const std::function<Product(const Product&)>& change) override;

 private:
  mercato::db::Pool& pool_;
};

}  // namespace catalog::storage
