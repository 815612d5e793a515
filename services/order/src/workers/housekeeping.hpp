#pragma once

#include <chrono>

#include <mercato/process/service.hpp>

#include "storage/pg_answer_store.hpp"
#include "storage/pg_saga_store.hpp"

namespace order::workers {

/// What has to be done regularly: saying that this process lives (every second), and forgetting
/// answers that nobody may ask for any more (every minute).
class Housekeeping {
 public:
  Housekeeping(storage::PgSagaStore& sagas, storage::PgAnswerStore& answers,
               std::chrono::seconds keep_answers);

  void start();
  void stop();

 private:
  std::chrono::milliseconds prune();

  storage::PgSagaStore& sagas_;
  storage::PgAnswerStore& answers_;
  std::chrono::seconds keep_answers_;
  mercato::process::Loop heartbeat_;
  mercato::process::Loop pruning_;
};

}  // namespace order::workers
