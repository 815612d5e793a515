#pragma once

#include <mercato/db/statement.hpp>

#include "domain/address.hpp"

namespace user::storage {

/// A row with the address's columns; its id is in the column `id_column`.
[[nodiscard]] Address read_address(const mercato::db::Row& row, const char* id_column = "id");

}  // namespace user::storage
