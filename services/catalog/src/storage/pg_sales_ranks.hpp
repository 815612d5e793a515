#pragma once

#include <chrono>
#include <cstddef>

#include <mercato/db/pool.hpp>

namespace catalog::storage {

/// Makes the next generation of sales ranks if anything was sold since the last one and that was
/// made at least `pace` ago, whoever made it; returns how many products it ranks anew. Of several
/// callers at once one does it. Costs what changed, however many products there are; of more than
/// `most` changes the rest is left to the generation after it.
std::size_t make_sales_generation(mercato::db::Pool& pool, std::chrono::seconds pace,
                                  std::size_t most);
/// How it does that, with the pace in seconds.
extern const mercato::db::Statement kMakeSalesGeneration;

/// Forgets generations that were replaced longer than `age` ago, and up to `most` of the ranks that
/// only they had; returns how many.
std::size_t prune_sales_generations(mercato::db::Pool& pool, std::chrono::seconds age,
                                    std::size_t most);
/// How it does that, with the age in seconds.
extern const mercato::db::Statement kPruneSalesGenerations;

}  // namespace catalog::storage
