#pragma once

#include <mercato/db/pool.hpp>
#include <mercato/process/service.hpp>

#include "storage/pg_session_repository.hpp"

namespace user::workers {

/// Forgets, every minute, what nobody can ask for any more: sessions that are over, and answers
/// whose Idempotency-Key has run out.
class Housekeeping {
 public:
  Housekeeping(mercato::db::Pool& pool, storage::PgSessionRepository& sessions);

  void start() { loop_.start(); }
  void stop() { loop_.stop(); }

 private:
  std::chrono::milliseconds prune();

  mercato::db::Pool& pool_;
  storage::PgSessionRepository& sessions_;
  mercato::process::Loop loop_;
};

}  // namespace user::workers
