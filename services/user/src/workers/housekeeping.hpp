#pragma once

#include <mercato/db/pool.hpp>
#include <mercato/process/service.hpp>

#include "storage/pg_account_tokens.hpp"
#include "storage/pg_session_repository.hpp"

namespace user::workers {

/// Forgets, every minute, what nobody can ask for any more: sessions that are over, tokens of
/// mails, and answers whose Idempotency-Key has run out.
class Housekeeping {
 public:
  Housekeeping(mercato::db::Pool& pool, storage::PgSessionRepository& sessions,
               storage::PgAccountTokens& tokens);

  void start() { loop_.start(); }
  void stop() { loop_.stop(); }

 private:
  std::chrono::milliseconds prune();

  mercato::db::Pool& pool_;
  storage::PgSessionRepository& sessions_;
  storage::PgAccountTokens& tokens_;
  mercato::process::Loop loop_;
};

}  // namespace user::workers
