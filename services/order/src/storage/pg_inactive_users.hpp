#pragma once

#include <chrono>
#include <cstddef>
#include <vector>

#include <mercato/db/pool.hpp>

#include "domain/ids.hpp"

namespace order::storage {

/// Users who are not active any more, and the forgetting of those whose accounts were deleted. The
/// first three take part in the transaction of an event.
class PgInactiveUsers {
 public:
  explicit PgInactiveUsers(mercato::db::Pool& pool) : pool_(pool) {}

  /// Not good for a checkout while the user service is down, nor for what an admin changes.
  static void disable(mercato::db::Transaction& transaction, UserId user);
  static void enable(mercato::db::Transaction& transaction, UserId user);
  /// Forgets cart and stored answers at once; addresses follow by erase_due().
  static void erase(mercato::db::Transaction& transaction, UserId user);

  /// Whether the user is known as disabled or deleted.
  [[nodiscard]] bool contains(UserId user, mercato::Deadline deadline);

  /// Deleted users who are to be looked after again, up to `limit`.
  [[nodiscard]] std::vector<UserId> list_due(std::size_t limit);
  /// Blanks the shipping addresses of a deleted user's orders that have been final for `keep`, and
  /// forgets what a request that was under way left behind. In several transactions.
  void erase_due(UserId user, std::chrono::seconds keep);
  /// Leaves the user to a later time.
  void postpone(UserId user);

 private:
  mercato::db::Pool& pool_;
};

}  // namespace order::storage
