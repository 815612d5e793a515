#pragma once

#include <string>

#include <mercato/db/pool.hpp>

#include "domain/stock.hpp"

namespace catalog::storage {

struct StockAdjustment {
  mercato::Uuid id;
  ProductId product;
  std::int64_t delta = 0;
  std::string reason;
  std::int64_t on_hand = 0;  // after it
  mercato::Timestamp created_at{};
};

class PgStockRepository : public StockRepository {
 public:
  explicit PgStockRepository(mercato::db::Pool& pool) : pool_(pool) {}

  [[nodiscard]] std::optional<StockLevel> find(ProductId id) override;

 private:
  mercato::db::Pool& pool_;
};

/// Changes what is on hand by `delta`, in the caller's transaction. Error 404; 409
/// `insufficient_stock` if less than what is reserved would be left.
[[nodiscard]] StockAdjustment adjust_stock(mercato::db::Transaction& transaction, ProductId product,
                                           std::int64_t delta, const std::string& reason);

}  // namespace catalog::storage
