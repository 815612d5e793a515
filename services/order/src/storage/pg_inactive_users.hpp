#pragma once

#include <chrono>
#include <cstddef>

#include <mercato/db/pool.hpp>

#include "domain/ids.hpp"

namespace order::storage {

/// Buyers who are not active any more, and the forgetting of those whose accounts were deleted. The
/// first three take part in the transaction of an event.
class PgInactiveUsers {
 public:
  explicit PgInactiveUsers(mercato::db::Pool& pool) : pool_(pool) {}

  /// Not good for a checkout while the user service is down.
  static void disable(mercato::db::Transaction& transaction, UserId user);
  static void enable(mercato::db::Transaction& transaction, UserId user);
  /// Forgets cart and stored answers at once; addresses follow by erase_due().
  static void erase(mercato::db::Transaction& transaction, UserId user);

  /// Blanks the shipping addresses of deleted users' orders that have been final for `keep`, and
  /// what a request that was under way left behind. Returns how many users were looked after, at
  /// most `limit`.
  std::size_t erase_due(std::chrono::seconds keep, std::size_t limit);

 private:
  mercato::db::Pool& pool_;
};

}  // namespace order::storage
