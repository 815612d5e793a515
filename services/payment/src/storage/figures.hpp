#pragma once

#include <vector>

#include <mercato/process/database_figures.hpp>

namespace payment::storage {

/// Whether the ledger adds up, and what the provider has still to be asked for.
[[nodiscard]] std::vector<mercato::process::Figure> figures();

}  // namespace payment::storage
