#pragma once

#include <functional>
#include <string>

#include "domain/product_repository.hpp"

namespace catalog {

/// Whether the caller may write over this version: throws if it saw another one.
using Precondition = std::function<void(const Product& current)>;

/// Applies a merge patch. Error 404; 422 if it would leave too many attributes; what `precondition`
/// throws.
[[nodiscard]] Product patch_product(ProductRepository& products, ProductId id,
                                    const ProductChange& change, const Precondition& precondition,
                                    const std::string& trace_id);

/// Takes a product off the lists for good; orders that hold it are not touched. Error 404; what
/// `precondition` throws. Again is fine.
void archive_product(ProductRepository& products, ProductId id, const Precondition& precondition,
                     const std::string& trace_id);

}  // namespace catalog
