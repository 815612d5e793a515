#pragma once

#include <map>

#include <mercato/db/pool.hpp>

#include "domain/cart.hpp"

namespace order::storage {

/// Writes what products are called and cost now into every cart that holds them: within
/// `transaction`, where those are few. Of a product in very many most are written before, some at a
/// time, by another connection of `pool`, so that nobody waits for a cart until all are written.
void refresh_remembered_offers(mercato::db::Pool& pool, mercato::db::Transaction& transaction,
                               const std::map<ProductId, Offer>& offers);

}  // namespace order::storage
