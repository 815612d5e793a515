#pragma once

#include <string>
#include <vector>

#include <mercato/db/pool.hpp>

#include "security/signing_keys.hpp"

namespace user::storage {

/// Signing keys in PostgreSQL, sealed with a key that the database does not have. The database's
/// clock decides, so that all replicas agree. From any thread; does not own the pool.
class PgSigningKeyRepository {
 public:
  /// `sealing_key` has 32 bytes.
  PgSigningKeyRepository(mercato::db::Pool& pool, std::string sealing_key,
                         security::KeySchedule schedule)
      : pool_(pool), sealing_key_(std::move(sealing_key)), schedule_(schedule) {}

  /// All published keys. Throws std::runtime_error if they were sealed with another key.
  [[nodiscard]] std::vector<security::SigningKey> list();
  /// Makes the next key if there is none, and the first one if there is none at all; withdraws
  /// those that are over. Replicas that do so at once do it once.
  void rotate();
  /// Lets the next key sign as soon as everybody has seen it, which is at once for one that has
  /// been published for a while; then as rotate(). With `withdraw`, keys that no longer sign are
  /// not published any more, so that what they signed is good no longer.
  void hasten(bool withdraw);

 private:
  void complete(mercato::db::Transaction& transaction);
  [[nodiscard]] security::SigningKey unseal(const mercato::db::Row& row) const;
  void insert(mercato::db::Transaction& transaction);

  mercato::db::Pool& pool_;
  std::string sealing_key_;
  security::KeySchedule schedule_;
};

}  // namespace user::storage
