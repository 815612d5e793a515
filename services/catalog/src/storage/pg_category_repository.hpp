#pragma once

#include <mercato/db/pool.hpp>

#include "domain/category.hpp"

namespace catalog::storage {

class PgCategoryRepository : public CategoryRepository {
 public:
  explicit PgCategoryRepository(mercato::db::Pool& pool) : pool_(pool) {}

  [[nodiscard]] std::vector<Category> list() override;

 private:
  mercato::db::Pool& pool_;
};

/// In the caller's transaction. Error 409 `slug_taken`; 422 `category_not_found` if there is no
/// such parent.
void insert_category(mercato::db::Transaction& transaction, const Category& category);

}  // namespace catalog::storage
