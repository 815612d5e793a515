#include "storage/pg_signing_key_repository.hpp"

#include <stdexcept>
#include <utility>

#include <mercato/crypto/crypto.hpp>
#include <mercato/id/uuid.hpp>
#include <mercato/log/log.hpp>

namespace user::storage {

namespace crypto = mercato::crypto;
namespace db = mercato::db;

constexpr db::Statement kListKeys{"list_signing_keys", R"(
  SELECT kid, sealed_private_key, signs_from FROM signing_key ORDER BY signs_from)"};

std::vector<security::SigningKey> PgSigningKeyRepository::list() {
  std::vector<security::SigningKey> keys;
  for (const auto& row : pool_.execute(kListKeys)) keys.push_back(unseal(row));
  return keys;
}

security::SigningKey PgSigningKeyRepository::unseal(const db::Row& row) const {
  auto kid = db::text(row, "kid");
  const auto pem =
      crypto::unseal(db::parse_bytea(db::text(row, "sealed_private_key")), sealing_key_, kid);
  if (!pem) throw std::runtime_error("KEY_ENCRYPTION_KEY does not open the signing keys");
  return {std::move(kid), crypto::PrivateKey::from_pem(*pem), db::timestamp(row, "signs_from")};
}

constexpr db::Statement kLockKeys{"lock_signing_keys",
                                  "SELECT pg_advisory_xact_lock(hashtext('mercato.user.keys'))"};

constexpr db::Statement kCountKeys{"count_signing_keys", R"(
  SELECT count(*) AS keys, count(*) FILTER (WHERE signs_from > now()) AS next FROM signing_key)"};

constexpr db::Statement kWithdrawKeys{"withdraw_signing_keys", R"(
  DELETE FROM signing_key AS old
   WHERE EXISTS (SELECT FROM signing_key AS successor
                  WHERE successor.signs_from > old.signs_from
                    AND successor.signs_from < now() - $1 * interval '1 second'))"};

void PgSigningKeyRepository::rotate() {
  pool_.transact([this](db::Transaction& transaction) {
    transaction.execute(kLockKeys);
    complete(transaction);
    transaction.execute(kWithdrawKeys, schedule_.published_after.count());
  });
}

constexpr db::Statement kHastenKey{"hasten_signing_key", R"(
  UPDATE signing_key SET signs_from = greatest(now(), created_at + $1 * interval '1 second')
   WHERE kid = (SELECT kid FROM signing_key WHERE signs_from > now()
                 ORDER BY signs_from LIMIT 1))"};

constexpr db::Statement kWithdrawUsedKeys{"withdraw_used_signing_keys", R"(
  DELETE FROM signing_key AS old
   WHERE EXISTS (SELECT FROM signing_key AS successor
                  WHERE successor.signs_from > old.signs_from AND successor.signs_from <= now()))"};

void PgSigningKeyRepository::hasten(bool withdraw) {
  pool_.transact([this, withdraw](db::Transaction& transaction) {
    transaction.execute(kLockKeys);
    transaction.execute(kHastenKey, schedule_.published_before.count());
    complete(transaction);
    if (withdraw) transaction.execute(kWithdrawUsedKeys);
  });
}

void PgSigningKeyRepository::complete(db::Transaction& transaction) {
  const auto counted = transaction.execute(kCountKeys);
  if (db::integer(counted[0], "keys") == 0) insert(transaction);
  if (db::integer(counted[0], "next") == 0) insert(transaction);
}

// The first key signs at once; any other is seen for a while before.
constexpr db::Statement kInsertKey{"insert_signing_key", R"(
  INSERT INTO signing_key (kid, sealed_private_key, signs_from)
  SELECT $1, $2::bytea,
         CASE WHEN count(*) = 0 THEN now()
              ELSE greatest(max(signs_from) + $3 * interval '1 second',
                            now() + $4 * interval '1 second') END
    FROM signing_key)"};

void PgSigningKeyRepository::insert(db::Transaction& transaction) {
  const auto kid = mercato::Uuid::v7().str();
  const auto sealed = crypto::seal(crypto::PrivateKey::generate().to_pem(), sealing_key_, kid);
  transaction.execute(kInsertKey, kid, db::bytea(sealed), schedule_.signs_for.count(),
                      schedule_.published_before.count());
  mercato::log::info("made a signing key", {{"kid", kid}});
}

}  // namespace user::storage
