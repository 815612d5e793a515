#pragma once

#include <vector>

#include <mercato/process/database_figures.hpp>

namespace order::storage {

/// What is owed to orders, how old it is, and what waits for a person.
[[nodiscard]] std::vector<mercato::process::Figure> figures();

}  // namespace order::storage
