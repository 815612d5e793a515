#pragma once

#include <mercato/db/pool.hpp>

#include "domain/import_products.hpp"

namespace catalog::storage {

/// Writes a batch in one transaction of four statements at most, whatever its size.
class PgProductImporter : public ProductImporter {
 public:
  explicit PgProductImporter(mercato::db::Pool& pool) : pool_(pool) {}

  [[nodiscard]] std::vector<LineResult> upsert(const std::vector<NewProduct>& batch,
                                               const std::string& trace_id,
                                               mercato::Deadline deadline) override;
  void tidy_up() override;

 private:
  mercato::db::Pool& pool_;
};

}  // namespace catalog::storage
