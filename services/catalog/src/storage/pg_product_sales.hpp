#pragma once

#include <cstdint>
#include <map>

#include <mercato/db/statement.hpp>

#include "domain/product.hpp"

namespace catalog::storage {

/// Adds to how much of each product was ever in confirmed orders.
void count_sales(mercato::db::Transaction& transaction,
                 const std::map<ProductId, std::int64_t>& quantities);

}  // namespace catalog::storage
