#pragma once

#include <map>

#include <mercato/db/statement.hpp>

#include "domain/cart.hpp"

namespace order::storage {

/// Writes what products are called and cost now into every cart that holds them.
void refresh_remembered_offers(mercato::db::Transaction& transaction,
                               const std::map<ProductId, Offer>& offers);

}  // namespace order::storage
