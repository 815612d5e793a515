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
    return apply(current, change);
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
