#include "workers/sales_ranking.hpp"

#include "storage/pg_sales_ranks.hpp"

namespace catalog::workers {
namespace {

using namespace std::chrono_literals;

constexpr auto kInterval = 1s;
// Longer than the ten minutes that a cursor is promised.
constexpr auto kKeep = 15min;

}  // namespace

SalesRanking::SalesRanking(mercato::db::Pool& pool)
    : loop_("sales", [&pool]() -> std::chrono::milliseconds {
        if (storage::make_sales_generation(pool) > 0) storage::prune_sales_generations(pool, kKeep);
        return kInterval;
      }) {}

}  // namespace catalog::workers
