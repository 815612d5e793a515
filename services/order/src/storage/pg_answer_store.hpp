#pragma once

#include <chrono>

#include <mercato/db/pool.hpp>

#include "domain/answer.hpp"
#include "storage/sealer.hpp"

namespace order::storage {

/// Answers under idempotency keys in PostgreSQL. From any thread; does not own the pool.
class PgAnswerStore : public AnswerStore {
 public:
  PgAnswerStore(mercato::db::Pool& pool, mercato::Uuid instance, const Sealer& sealer)
      : pool_(pool), instance_(instance), sealer_(sealer) {}

  [[nodiscard]] std::optional<KeyRecord> find(UserId user, const std::string& key) override;
  [[nodiscard]] Answered keep(const RequestKey& key, const Answer& answer,
                              std::optional<RefundId> refund) override;
  [[nodiscard]] std::optional<Answer> end_wait(OrderId order, UserId user, const std::string& key,
                                               const Answer& answer) override;
  void overwrite(OrderId order, UserId user, const std::string& key,
                 const Answer& answer) override;
  [[nodiscard]] bool take_over(UserId user, const std::string& key) override;
  [[nodiscard]] std::optional<KeyRecord> claim(const RequestKey& key) override;
  void free(const RequestKey& key) override;

  /// Forgets up to `limit` keys older than `age`, but for those of requests that were not answered
  /// and are still worked on; how many there were.
  std::size_t prune(std::chrono::seconds age, std::size_t limit);

 private:
  mercato::db::Pool& pool_;
  mercato::Uuid instance_;
  const Sealer& sealer_;
};

}  // namespace order::storage
