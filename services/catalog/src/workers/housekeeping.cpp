#include "workers/housekeeping.hpp"

#include <mercato/idempotency/idempotency.hpp>

namespace catalog::workers {
namespace {

using namespace std::chrono_literals;

// Batches keep the locks short; what is left is taken at once in the next round.
constexpr std::size_t kBatch = 1'000;
constexpr auto kKeepAnswers = 48h;

}  // namespace

Housekeeping::Housekeeping(mercato::db::Pool& pool)
    : loop_("housekeeping", [&pool] {
        return mercato::idempotency::prune(pool, kKeepAnswers) == kBatch ? 0ms : 60'000ms;
      }) {}

}  // namespace catalog::workers
