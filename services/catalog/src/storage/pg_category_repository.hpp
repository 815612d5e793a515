#pragma once

#include <mercato/db/pool.hpp>

#include "domain/category.hpp"

namespace catalog::storage {

class PgCategoryRepository : public CategoryRepository {
 public:
  explicit PgCategoryRepository(mercato::db::Pool& pool) : pool_(pool) {}

  [[nodiscard]] std::vector<Category> list() override;
  void insert(const Category& category) override;

 private:
  mercato::db::Pool& pool_;
};

}  // namespace catalog::storage
