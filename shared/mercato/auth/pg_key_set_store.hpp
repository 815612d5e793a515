#pragma once

#include <optional>
#include <string>

#include "mercato/auth/authenticator.hpp"
#include "mercato/db/pool.hpp"

namespace mercato::auth {

/// Keeps the key set in the table
///   CREATE TABLE trusted_key_set (id int PRIMARY KEY CHECK (id = 1), jwks text NOT NULL,
///                                 saved_at timestamptz NOT NULL DEFAULT now());
class PgKeySetStore : public KeySetStore {
 public:
  explicit PgKeySetStore(db::Pool& pool) : pool_(pool) {}
  [[nodiscard]] std::optional<std::string> load() override;
  void save(const std::string& jwks) override;

 private:
  db::Pool& pool_;
};

}  // namespace mercato::auth
