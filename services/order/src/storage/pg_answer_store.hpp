#pragma once

#include <chrono>

#include <mercato/db/pool.hpp>

#include "domain/answer.hpp"

namespace order::storage {

/// Answers under idempotency keys in PostgreSQL. From any thread; does not own the pool.
class PgAnswerStore : public AnswerStore {
 public:
  PgAnswerStore(mercato::db::Pool& pool, mercato::Uuid instance)
      : pool_(pool), instance_(instance) {}

  [[nodiscard]] std::optional<KeyRecord> find(UserId user, const std::string& key) override;
  [[nodiscard]] Answer keep(const RequestKey& key, const Answer& answer) override;
  [[nodiscard]] std::optional<Answer> end_wait(UserId user, const std::string& key,
                                               const Answer& answer) override;
  void overwrite(UserId user, const std::string& key, const Answer& answer) override;
  [[nodiscard]] bool take_over(UserId user, const std::string& key) override;

  /// Forgets up to `limit` answers older than `age`; how many there were.
  std::size_t prune(std::chrono::seconds age, std::size_t limit);

 private:
  mercato::db::Pool& pool_;
  mercato::Uuid instance_;
};

}  // namespace order::storage
