#pragma once

#include <chrono>

#include <mercato/db/pool.hpp>

#include "domain/session_repository.hpp"

namespace user::storage {

/// Sessions in PostgreSQL. From any thread; does not own the pool.
class PgSessionRepository : public SessionRepository {
 public:
  /// A refresh token lives `token_lives`, and with it the session.
  PgSessionRepository(mercato::db::Pool& pool, std::chrono::seconds token_lives)
      : pool_(pool), token_lives_(token_lives) {}

  [[nodiscard]] bool insert(const NewSession& session) override;
  [[nodiscard]] std::optional<Presented> find_presented(const RefreshToken& token) override;
  [[nodiscard]] bool rotate(const RefreshToken& shown, const RefreshToken& next,
                            const std::string& sealed_successor) override;
  [[nodiscard]] std::vector<Session> list(UserId user, std::optional<SessionId> before,
                                          std::size_t limit) override;
  [[nodiscard]] std::vector<Session> list_held(UserId user, std::optional<SessionId> before,
                                               std::size_t limit) override;
  bool end(UserId user, SessionId session) override;
  void end(SessionId session) override;

  /// Forgets up to `limit` sessions that are over; how many there were.
  std::size_t prune(std::size_t limit);

 private:
  mercato::db::Pool& pool_;
  std::chrono::seconds token_lives_;
};

}  // namespace user::storage
