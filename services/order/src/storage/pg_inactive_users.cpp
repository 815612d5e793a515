#include "storage/pg_inactive_users.hpp"

#include <cstdint>
#include <optional>

namespace order::storage {

namespace db = mercato::db;

constexpr std::size_t kOrdersAtOnce = 500;  // some 50 ms of work

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

constexpr db::Statement kIsInactiveUser{"is_inactive_user",
                                        "SELECT 1 FROM inactive_user WHERE user_id = $1"};

bool PgInactiveUsers::contains(UserId user, mercato::Deadline deadline) {
  return !pool_.execute_until(deadline, kIsInactiveUser, user).empty();
}

constexpr db::Statement kListUsersToErase{"list_users_to_erase", R"(
  SELECT user_id FROM inactive_user WHERE erase_at <= now() ORDER BY erase_at, user_id LIMIT $1)"};
// The country stays: it tells nothing about a person, and says under whose law the goods were sold.
// One page of the user's orders after another, since they may be too many for one statement.
constexpr db::Statement kBlankAddresses{"blank_addresses", R"(
  WITH page AS MATERIALIZED (
    SELECT id, coalesce(shipping_address->>'line1' <> '', false) AS has_address
      FROM orders WHERE user_id = $1 AND id > $2 ORDER BY id LIMIT $3),
  blanked AS (
    UPDATE orders AS o
       SET version = o.version + 1,
           shipping_address = jsonb_build_object(
             'name', '', 'line1', '', 'city', '', 'postal_code', '',
             'country', o.shipping_address->'country')
      FROM page
     WHERE o.id = page.id AND page.has_address
       AND o.status IN ('delivered', 'rejected', 'cancelled')
       AND EXISTS (SELECT 1 FROM order_event AS e
                    WHERE e.order_id = o.id AND e.to_status = o.status
                      AND e.at <= now() - $4 * interval '1 second')
    RETURNING 1)
  SELECT (SELECT id FROM page ORDER BY id DESC LIMIT 1) AS last,
         (SELECT count(*) FROM page WHERE has_address) - (SELECT count(*) FROM blanked) AS kept)"};
// For a day a token of the deleted account, or a request under way, may leave something behind.
constexpr db::Statement kEraseAgain{"erase_again", R"(
  UPDATE inactive_user
     SET erase_at = CASE WHEN $2 OR since > now() - interval '1 day'
                         THEN now() + interval '1 hour' END
   WHERE user_id = $1)"};

std::vector<UserId> PgInactiveUsers::list_due(std::size_t limit) {
  std::vector<UserId> users;
  for (const auto& row : pool_.execute(kListUsersToErase, limit)) {
    users.push_back(db::id<UserId>(row, "user_id"));
  }
  return users;
}

void PgInactiveUsers::erase_due(UserId user, std::chrono::seconds keep) {
  pool_.execute(kForgetUser, user);
  std::int64_t kept = 0;
  std::optional<mercato::Uuid> last = mercato::Uuid();
  while (last) {
    const auto page =
        pool_.execute(kBlankAddresses, user, *last, kOrdersAtOnce, keep.count());
    kept += db::integer(page[0], "kept");
    last = db::optional_uuid(page[0], "last");
  }
  pool_.execute(kEraseAgain, user, kept > 0);
}

void PgInactiveUsers::postpone(UserId user) {
  pool_.execute(kEraseAgain, user, true);
}

}  // namespace order::storage
