#include "workers/housekeeping.hpp"

#include <algorithm>

#include <mercato/idempotency/idempotency.hpp>

namespace user::workers {
namespace {

using namespace std::chrono_literals;

// Batches keep the locks short; what is left is taken at once in the next round.
constexpr std::size_t kBatch = 1'000;
constexpr auto kKeepAnswers = 48h;

}  // namespace

Housekeeping::Housekeeping(mercato::db::Pool& pool, storage::PgSessionRepository& sessions,
                           storage::PgAccountTokens& tokens)
    : pool_(pool),
      sessions_(sessions),
      tokens_(tokens),
      loop_("housekeeping", [this] { return prune(); }) {}

std::chrono::milliseconds Housekeeping::prune() {
  const auto most = std::max({sessions_.prune(kBatch), tokens_.prune(kBatch),
                              mercato::idempotency::prune(pool_, kKeepAnswers)});
  return most == kBatch ? 0ms : 60'000ms;
}

}  // namespace user::workers
