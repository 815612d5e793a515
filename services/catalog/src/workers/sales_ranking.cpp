#include "workers/sales_ranking.hpp"

#include "storage/pg_sales_ranks.hpp"

namespace catalog::workers {
namespace {

using namespace std::chrono_literals;

// What sells all the time has as many ranks as generations are kept, and a list passes them all.
constexpr auto kPace = 3s;
// What a statement does in time, after however long nothing was ranked.
constexpr std::size_t kRankedAtOnce = 10'000;
// Longer than the ten minutes that a cursor is promised.
constexpr auto kKeep = 15min;
constexpr std::size_t kForgottenAtOnce = 10'000;

}  // namespace

SalesRanking::SalesRanking(mercato::db::Pool& pool)
    : making_("sales", [&pool]() -> std::chrono::milliseconds {
        storage::make_sales_generation(pool, kPace, kRankedAtOnce);
        return 1s;
      }),
      pruning_("sales_pruning", [&pool]() -> std::chrono::milliseconds {
        const auto forgotten = storage::prune_sales_generations(pool, kKeep, kForgottenAtOnce);
        return forgotten == kForgottenAtOnce ? 0s : 5s;
      }) {}

void SalesRanking::start() {
  making_.start();
  pruning_.start();
}

void SalesRanking::stop() {
  making_.stop();
  pruning_.stop();
}

}  // namespace catalog::workers
