#include "domain/edit_product.hpp"

#include <mercato/error/error.hpp>

namespace catalog {
namespace {

Product edit(ProductRepository& products, ProductId id, const std::string& trace_id,
             const std::function<Product(const Product&)>& change) {
  auto product = products.update(id, trace_id, change);
  if (!product) throw mercato::not_found();
  return std::move(*product);
}

}  // namespace

Product patch_product(ProductRepository& products, ProductId id, const ProductChange& change,
                      const Precondition& precondition, const std::string& trace_id) {
  return edit(products, id, trace_id, [&](const Product& current) {
    precondition(current);
    auto changed = apply(current, change);
    if (changed.attributes.size() > kMaxAttributes) {
      throw mercato::validation_failed(
          {{"/attributes", "out_of_range", "A product has at most 50 attributes."}});
    }
    return changed;
  });
}

void archive_product(ProductRepository& products, ProductId id, const Precondition& precondition,
                     const std::string& trace_id) {
  edit(products, id, trace_id, [&](const Product& current) {
    precondition(current);
    Product archived = current;
    archived.archived = true;
    return archived;
  });
}

}  // namespace catalog
