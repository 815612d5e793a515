#include "workers/housekeeping.hpp"

#include <mercato/idempotency/idempotency.hpp>

namespace user::workers {
namespace {

using namespace std::chrono_literals;

// Batches keep the locks short; what is left is taken at once in the next round.
constexpr std::size_t kBatch = 1'000;
constexpr auto kKeepAnswers = 48h;

}  // namespace

Housekeeping::Housekeeping(mercato::db::Pool& pool, storage::PgSessionRepository& sessions)
    : pool_(pool), sessions_(sessions), loop_("housekeeping", [this] { return prune(); }) {}

std::chrono::milliseconds Housekeeping::prune() {
  const auto sessions = sessions_.prune(kBatch);
  const auto answers = mercato::idempotency::prune(pool_, kKeepAnswers);
  return sessions == kBatch || answers == kBatch ? 0ms : 60'000ms;
}

}  // namespace user::workers
