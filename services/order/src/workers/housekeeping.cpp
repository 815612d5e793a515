#include "workers/housekeeping.hpp"

namespace order::workers {
namespace {

using namespace std::chrono_literals;

// Batches keep the locks short; what is left is taken at once in the next round.
constexpr std::size_t kPruneBatch = 1'000;

}  // namespace

Housekeeping::Housekeeping(storage::PgSagaStore& sagas, storage::PgAnswerStore& answers,
                           storage::PgDeliveryStore& deliveries, Keep keep)
    : sagas_(sagas),
      answers_(answers),
      deliveries_(deliveries),
      keep_(keep),
      heartbeat_("heartbeat",
                 [this] {
                   sagas_.renew_instance();
                   return 1'000ms;
                 }),
      pruning_("pruning", [this] { return prune(); }) {}

void Housekeeping::start() {
  heartbeat_.start();
  pruning_.start();
}

void Housekeeping::stop() {
  pruning_.stop();
  heartbeat_.stop();
}

std::chrono::milliseconds Housekeeping::prune() {
  const bool more = answers_.prune(keep_.answers, kPruneBatch) == kPruneBatch ||
                    deliveries_.give_up_unwanted(kPruneBatch) == kPruneBatch ||
                    deliveries_.prune(keep_.deliveries, kPruneBatch) == kPruneBatch;
  return more ? 0ms : 60'000ms;
}

}  // namespace order::workers
