#pragma once

#include <mercato/db/pool.hpp>

#include "domain/cart.hpp"

namespace order::storage {

/// Carts in PostgreSQL. From any thread; does not own the pool.
class PgCartRepository : public CartRepository {
 public:
  explicit PgCartRepository(mercato::db::Pool& pool) : pool_(pool) {}

  [[nodiscard]] std::vector<CartItem> list(UserId user) override;
  bool put(UserId user, const CartItem& item) override;
  void remember(UserId user, const std::vector<CartItem>& items) override;
  void remove(UserId user, ProductId product) override;
  void clear(UserId user) override;

 private:
  mercato::db::Pool& pool_;
};

}  // namespace order::storage
