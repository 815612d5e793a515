#pragma once

#include <vector>

#include <mercato/process/database_figures.hpp>

namespace catalog::storage {

/// Whether stock adds up: what is reserved is what reservations hold.
[[nodiscard]] std::vector<mercato::process::Figure> figures();

}  // namespace catalog::storage
