#pragma once

#include <mercato/db/pool.hpp>

#include "domain/product_repository.hpp"
#include "storage/product_lists.hpp"

namespace catalog::storage {

class PgProductRepository : public ProductRepository {
 public:
  explicit PgProductRepository(mercato::db::Pool& pool) : pool_(pool) {}

  [[nodiscard]] std::optional<Product> find(ProductId id) override;
  [[nodiscard]] std::optional<ProductState> find_state(ProductId id) override;
  [[nodiscard]] std::optional<ProductState> find_state_by_sku(const std::string& sku) override;
  [[nodiscard]] std::vector<Product> find_many(const std::vector<ProductId>& ids) override;
  [[nodiscard]] ProductPage list(const ProductFilter& filter, const std::optional<Position>& after,
                                 std::size_t limit) override;
  std::optional<Product> update(ProductId id, const std::string& trace_id,
                                const std::function<Product(const Product&)>& change) override;

 private:
  /// The category and all below it.
  std::vector<CategoryId> branch_of(const std::string& slug);
  /// The text's words, and the generation that they are forgiven by.
  SearchTerms read_terms(const std::string& text, std::int64_t& generation);
  /// Adds what is near the words, unless the text says that it is meant as it is written.
  void forgive(SearchTerms& terms, std::int64_t generation);
  /// What `query` asks for, with the reach that finds it most quickly.
  mercato::db::Result read_run(RunQuery query);
  /// The newest generation of sales ranks, or `wanted`. Error 400 if that is not kept any more.
  std::int64_t sales_generation(std::optional<std::int64_t> wanted);

  mercato::db::Pool& pool_;
};

/// Makes a product with its first stock, in the caller's transaction. Error 409 `sku_taken`, 422
/// `category_not_found`.
[[nodiscard]] Product insert_product(mercato::db::Transaction& transaction,
                                     const NewProduct& product, const std::string& trace_id);

}  // namespace catalog::storage
