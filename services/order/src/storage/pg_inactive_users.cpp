#include "storage/pg_inactive_users.hpp"

namespace order::storage {

namespace db = mercato::db;

constexpr db::Statement kDisableUser{"disable_user", R"(
  WITH dropped AS (DELETE FROM seen_active WHERE user_id = $1)
  INSERT INTO inactive_user (user_id) VALUES ($1) ON CONFLICT (user_id) DO NOTHING)"};

void PgInactiveUsers::disable(db::Transaction& transaction, UserId user) {
  transaction.execute(kDisableUser, user);
}

constexpr db::Statement kEnableUser{"enable_user", "DELETE FROM inactive_user WHERE user_id = $1"};

void PgInactiveUsers::enable(db::Transaction& transaction, UserId user) {
  transaction.execute(kEnableUser, user);
}

// An answer that is still being worked out is left to erase_due().
constexpr db::Statement kForgetUser{"forget_user", R"(
  WITH cart AS (DELETE FROM cart_line WHERE user_id = $1)
  DELETE FROM idempotency_key WHERE subject = $1 AND status IS NOT NULL)"};
constexpr db::Statement kEraseUser{"erase_user", R"(
  WITH dropped AS (DELETE FROM seen_active WHERE user_id = $1)
  INSERT INTO inactive_user (user_id, erase_at) VALUES ($1, now())
  ON CONFLICT (user_id) DO UPDATE SET erase_at = excluded.erase_at)"};

void PgInactiveUsers::erase(db::Transaction& transaction, UserId user) {
  transaction.execute(kForgetUser, user);
  transaction.execute(kEraseUser, user);
}

constexpr db::Statement kListUsersToErase{"list_users_to_erase", R"(
  SELECT user_id FROM inactive_user WHERE erase_at <= now() ORDER BY erase_at, user_id LIMIT $1)"};
// The country stays: it tells nothing about a person, and says under whose law the goods were sold.
constexpr db::Statement kBlankAddresses{"blank_addresses", R"(
  UPDATE orders AS o
     SET version = o.version + 1,
         shipping_address = jsonb_build_object(
           'name', '', 'line1', '', 'city', '', 'postal_code', '',
           'country', o.shipping_address->'country')
   WHERE o.user_id = $1 AND o.shipping_address->>'line1' <> ''
     AND o.status IN ('delivered', 'rejected', 'cancelled')
     AND EXISTS (SELECT 1 FROM order_event AS e
                  WHERE e.order_id = o.id AND e.to_status = o.status
                    AND e.at <= now() - $2 * interval '1 second'))"};
// For a day a token of the deleted account, or a request under way, may leave something behind.
constexpr db::Statement kEraseAgain{"erase_again", R"(
  UPDATE inactive_user AS i
     SET erase_at = CASE
           WHEN i.since > now() - interval '1 day'
             OR EXISTS (SELECT 1 FROM orders AS o
                         WHERE o.user_id = i.user_id AND o.shipping_address->>'line1' <> '')
           THEN now() + interval '1 hour' END
   WHERE i.user_id = $1)"};

std::size_t PgInactiveUsers::erase_due(std::chrono::seconds keep, std::size_t limit) {
  const auto users = pool_.execute(kListUsersToErase, limit);
  for (const auto& row : users) {
    const auto user = db::id<UserId>(row, "user_id");
    pool_.transact([&](db::Transaction& transaction) {
      transaction.execute(kForgetUser, user);
      transaction.execute(kBlankAddresses, user, keep.count());
      transaction.execute(kEraseAgain, user);
    });
  }
  return db::row_count(users);
}

}  // namespace order::storage
