#pragma once

#include <mercato/db/statement.hpp>

#include "domain/payment.hpp"

namespace payment::storage {

namespace db = mercato::db;

/// A row of `payment`, with all its columns.
[[nodiscard]] Payment read_payment(const db::Row& row);
/// A row of `refund`, with intent_id and currency of its payment.
[[nodiscard]] Refund read_refund(const db::Row& row);

}  // namespace payment::storage
