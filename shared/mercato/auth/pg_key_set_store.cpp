#include "mercato/auth/pg_key_set_store.hpp"

namespace mercato::auth {
namespace {

constexpr db::Statement kLoadKeySet{"load_key_set",
                                    "SELECT jwks FROM trusted_key_set WHERE id = 1"};
constexpr db::Statement kSaveKeySet{
    "save_key_set",
    "INSERT INTO trusted_key_set (id, jwks) VALUES (1, $1) "
    "ON CONFLICT (id) DO UPDATE SET jwks = excluded.jwks, saved_at = now()"};

}  // namespace

std::optional<std::string> PgKeySetStore::load() {
  const auto rows = pool_.execute(kLoadKeySet);
  if (rows.empty()) return std::nullopt;
  return db::text(rows[0], "jwks");
}

void PgKeySetStore::save(const std::string& jwks) {
  pool_.execute(kSaveKeySet, jwks);
}

}  // namespace mercato::auth
