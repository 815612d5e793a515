#pragma once

#include <chrono>

#include <mercato/process/service.hpp>

#include "storage/pg_answer_store.hpp"
#include "storage/pg_delivery_store.hpp"
#include "storage/pg_saga_store.hpp"

namespace order::workers {

/// What has to be done regularly: saying that this process lives (every second), and forgetting
/// what nobody may ask for any more (every minute).
class Housekeeping {
 public:
  struct Keep {
    std::chrono::seconds answers;
    std::chrono::seconds deliveries;
  };
  Housekeeping(storage::PgSagaStore& sagas, storage::PgAnswerStore& answers,
               storage::PgDeliveryStore& deliveries, Keep keep);

  void start();
  void stop();

 private:
  std::chrono::milliseconds prune();

  storage::PgSagaStore& sagas_;
  storage::PgAnswerStore& answers_;
  storage::PgDeliveryStore& deliveries_;
  Keep keep_;
  mercato::process::Loop heartbeat_;
  mercato::process::Loop pruning_;
};

}  // namespace order::workers
