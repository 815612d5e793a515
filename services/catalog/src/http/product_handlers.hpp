#pragma once

#include <atomic>
#include <string>

#include <mercato/http/router.hpp>
#include <mercato/idempotency/idempotency.hpp>

#include "domain/import_products.hpp"
#include "domain/product_repository.hpp"
#include "http/rendered_products.hpp"

namespace catalog::api {

class ProductHandlers {
 public:
  /// Up to `cached` products are kept as they are sent.
  ProductHandlers(ProductRepository& products, ProductImporter& importer,
                  mercato::idempotency::Guard& guard, std::string shop_currency,
                  std::size_t cached)
      : products_(products),
        importer_(importer),
        guard_(guard),
        shop_currency_(std::move(shop_currency)),
        bodies_(products, cached) {}

  mercato::http::Answer list_products(const mercato::http::Request& request);
  mercato::http::Answer get_product(const mercato::http::Request& request);
  mercato::http::Answer get_product_by_sku(const mercato::http::Request& request);
  mercato::http::Answer create_product(const mercato::http::Request& request);
  mercato::http::Answer patch_product(const mercato::http::Request& request);
  mercato::http::Answer archive_product(const mercato::http::Request& request);
  mercato::http::Answer import_products(const mercato::http::Request& request);

 private:
  mercato::http::Response read(const mercato::http::Request& request,
                               std::optional<ProductBodies::Current> current);

  ProductRepository& products_;
  ProductImporter& importer_;
  mercato::idempotency::Guard& guard_;
  std::string shop_currency_;
  ProductBodies bodies_;
  std::atomic_flag importing_;
};

}  // namespace catalog::api
