#pragma once

#include <map>

#include <mercato/db/pool.hpp>

#include "domain/cart.hpp"

namespace order::storage {

/// Writes what products are called and cost now into every cart that holds them. What `transaction`
/// makes of the news follows: most carts are written before, some at a time, each part committed by
/// itself, so that nobody waits for a cart until all of them are written.
void refresh_remembered_offers(mercato::db::Pool& pool, mercato::db::Transaction& transaction,
                               const std::map<ProductId, Offer>& offers);

}  // namespace order::storage
