#include "storage/pg_signing_key_repository.hpp"

#include <mercato/crypto/crypto.hpp>
#include <mercato/id/uuid.hpp>
#include <mercato/log/log.hpp>

namespace user::storage {

namespace crypto = mercato::crypto;
namespace db = mercato::db;

constexpr db::Statement kListKeys{"list_signing_keys", R"(
  SELECT kid, sealed_private_key, signs_from, signs_from > now() AS is_next, to_withdraw
    FROM signing_key ORDER BY signs_from)"};

std::vector<security::SigningKey> PgSigningKeyRepository::list() {
  std::vector<security::SigningKey> keys;
  for (const auto& row : pool_.execute(kListKeys)) {
    const auto pem = unseal(row);
    if (!pem) continue;
    keys.push_back({db::text(row, "kid"), crypto::PrivateKey::from_pem(*pem),
                    db::timestamp(row, "signs_from"), db::boolean(row, "to_withdraw")});
  }
  return keys;
}

std::optional<std::string> PgSigningKeyRepository::unseal(const db::Row& row) {
  const auto kid = db::text(row, "kid");
  auto pem =
      crypto::unseal(db::parse_bytea(db::text(row, "sealed_private_key")), sealing_key_, kid);
  if (pem) return pem;
  const std::lock_guard lock(mutex_);
  if (reported_.insert(kid).second) {
    mercato::log::error("KEY_ENCRYPTION_KEY does not open a signing key: its tokens are refused",
                        {{"kid", kid}});
  }
  return std::nullopt;
}

PgSigningKeyRepository::Known PgSigningKeyRepository::find_known(db::Transaction& transaction) {
  Known known;
  for (const auto& row : transaction.execute(kListKeys)) {
    if (!unseal(row)) continue;
    known.kids.push_back(db::text(row, "kid"));
    known.has_next = known.has_next || db::boolean(row, "is_next");
  }
  return known;
}

constexpr db::Statement kLockKeys{"lock_signing_keys",
                                  "SELECT pg_advisory_xact_lock(hashtext('mercato.user.keys'))"};

constexpr db::Statement kWithdrawKeys{"withdraw_signing_keys", R"(
  DELETE FROM signing_key AS old
   WHERE kid = ANY ($2::text[])
     AND EXISTS (SELECT FROM signing_key AS successor
                  WHERE successor.kid = ANY ($2::text[])
                    AND successor.signs_from > old.signs_from
                    AND (successor.signs_from < now() - $1 * interval '1 second'
                         OR (old.to_withdraw AND successor.signs_from <= now()))))"};

void PgSigningKeyRepository::rotate() {
  pool_.transact([this](db::Transaction& transaction) {
    transaction.execute(kLockKeys);
    const auto known = complete(transaction);
    transaction.execute(kWithdrawKeys, schedule_.published_after.count(), known);
  });
}

constexpr db::Statement kGiveUpUsedKeys{
    "give_up_used_signing_keys",
    "UPDATE signing_key SET to_withdraw = true WHERE signs_from <= now()"};

// A next key that not everybody has seen is left alone: it may be the one that this command made a
// moment ago, before it was run again. But where a key has to go, the next one is waited for.
constexpr db::Statement kHastenKey{"hasten_signing_key", R"(
  UPDATE signing_key SET signs_from = greatest(now(), created_at + $1 * interval '1 second')
   WHERE (created_at <= now() - $1 * interval '1 second'
          OR ($3 AND EXISTS (SELECT FROM signing_key WHERE kid = ANY ($2::text[]) AND to_withdraw)))
     AND kid = (SELECT kid FROM signing_key WHERE kid = ANY ($2::text[]) AND signs_from > now()
                 ORDER BY signs_from LIMIT 1))"};

constexpr db::Statement kForgetOtherKeys{"forget_other_signing_keys",
                                         "DELETE FROM signing_key WHERE kid <> ALL ($1::text[])"};

void PgSigningKeyRepository::hasten(bool withdraw) {
  pool_.transact([this, withdraw](db::Transaction& transaction) {
    transaction.execute(kLockKeys);
    if (withdraw) transaction.execute(kGiveUpUsedKeys);
    // Where the next key's time has come and nobody has looked since, there is none to hasten.
    auto known = complete(transaction);
    transaction.execute(kHastenKey, schedule_.published_before.count(), known, withdraw);
    known = complete(transaction);
    if (withdraw) transaction.execute(kForgetOtherKeys, known);
    transaction.execute(kWithdrawKeys, schedule_.published_after.count(), known);
  });
}

std::string PgSigningKeyRepository::complete(db::Transaction& transaction) {
  auto known = find_known(transaction);
  if (known.kids.empty()) insert(transaction, known);
  if (!known.has_next) insert(transaction, known);
  return db::array(known.kids);
}

// The first key signs at once; any other is seen for a while before.
constexpr db::Statement kInsertKey{"insert_signing_key", R"(
  INSERT INTO signing_key (kid, sealed_private_key, signs_from)
  SELECT $1, $2::bytea,
         CASE WHEN count(*) = 0 THEN now()
              ELSE greatest(max(signs_from) + $3 * interval '1 second',
                            now() + $4 * interval '1 second') END
    FROM signing_key WHERE kid = ANY ($5::text[]))"};

void PgSigningKeyRepository::insert(db::Transaction& transaction, Known& known) {
  const auto kid = mercato::Uuid::v7().str();
  const auto sealed = crypto::seal(crypto::PrivateKey::generate().to_pem(), sealing_key_, kid);
  transaction.execute(kInsertKey, kid, db::bytea(sealed), schedule_.signs_for.count(),
                      schedule_.published_before.count(), db::array(known.kids));
  known.kids.push_back(kid);
  mercato::log::info("made a signing key", {{"kid", kid}});
}

}  // namespace user::storage
