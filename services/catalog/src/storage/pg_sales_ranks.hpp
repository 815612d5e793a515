#pragma once

#include <chrono>
#include <cstddef>

#include <mercato/db/pool.hpp>

namespace catalog::storage {

/// Makes the next generation of sales ranks if anything was sold since the last one; returns how
/// many products it ranks anew. Of several callers at once one does it. Costs what changed, however
/// many products there are.
std::size_t make_sales_generation(mercato::db::Pool& pool);

/// Forgets generations that were replaced longer than `age` ago.
void prune_sales_generations(mercato::db::Pool& pool, std::chrono::seconds age);
/// How it does that, with the age in seconds.
extern const mercato::db::Statement kPruneSalesGenerations;

}  // namespace catalog::storage
