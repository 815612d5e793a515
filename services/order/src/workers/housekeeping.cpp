#include "workers/housekeeping.hpp"

#include <exception>

#include <mercato/log/log.hpp>

namespace order::workers {
namespace {

using namespace std::chrono_literals;

// Batches keep the locks short; what is left is taken at once in the next round.
constexpr std::size_t kPruneBatch = 1'000;

/// Whether there is more to do. What fails is tried again in the next round, and keeps nothing else
/// from being cleared away.
template <class F>
bool clear_away(const char* what, F&& one_batch) {
  try {
    return one_batch(kPruneBatch) == kPruneBatch;
  } catch (const std::exception& error) {
    mercato::log::error("something could not be cleared away",
                        {{"what", what}, {"error", error.what()}});
    return false;
  }
}

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
  bool more = clear_away(
      "answers", [this](auto limit) { return answers_.prune(keep_.answers, limit); });
  more |= clear_away("overdue webhooks",
                     [this](auto limit) { return deliveries_.give_up_overdue(limit); });
  more |= clear_away("unwanted webhooks",
                     [this](auto limit) { return deliveries_.give_up_unwanted(limit); });
  more |= clear_away("old webhooks", [this](auto limit) {
    return deliveries_.prune(keep_.deliveries, limit);
  });
  return more ? 0ms : 60'000ms;
}

}  // namespace order::workers
