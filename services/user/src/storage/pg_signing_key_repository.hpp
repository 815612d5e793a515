#pragma once

#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <mercato/db/pool.hpp>

#include "security/signing_keys.hpp"

namespace user::storage {

/// Signing keys in PostgreSQL, sealed with a key that the database does not have. The database's
/// clock decides, so that all replicas agree. From any thread; does not own the pool.
///
/// Keys that were sealed with another one, as those of a backup may be, are as good as not there:
/// each is logged once, and left alone but for hasten(true), since other replicas may have the key
/// that opens them.
class PgSigningKeyRepository {
 public:
  /// `sealing_key` has 32 bytes.
  PgSigningKeyRepository(mercato::db::Pool& pool, std::string sealing_key,
                         security::KeySchedule schedule)
      : pool_(pool), sealing_key_(std::move(sealing_key)), schedule_(schedule) {}

  /// All published keys.
  [[nodiscard]] std::vector<security::SigningKey> list();
  /// Makes the next key if there is none, and the first one if there is none at all; withdraws
  /// those that are over. Replicas that do so at once do it once.
  void rotate();
  /// Lets the next key sign from now on, unless it is so new that not everybody has seen it; then
  /// as rotate(). With `withdraw`, no key that has signed by now is published any longer, so that
  /// what it signed is good no longer; where the next key is so new, the one that signs until that
  /// may is withdrawn then, by rotate(). Those that do not open are forgotten, too.
  void hasten(bool withdraw);

 private:
  /// The keys that open, by their ids.
  struct Known {
    std::vector<std::string> kids;
    bool has_next = false;
  };
  [[nodiscard]] Known find_known(mercato::db::Transaction& transaction);
  /// Makes what is missing, and returns the ids of all that open as an array.
  [[nodiscard]] std::string complete(mercato::db::Transaction& transaction);
  void insert(mercato::db::Transaction& transaction, Known& known);
  /// In PEM; nothing if it was sealed with another key.
  [[nodiscard]] std::optional<std::string> unseal(const mercato::db::Row& row);

  mercato::db::Pool& pool_;
  std::string sealing_key_;
  security::KeySchedule schedule_;
  std::mutex mutex_;
  std::set<std::string> reported_;  // that do not open
};

}  // namespace user::storage
