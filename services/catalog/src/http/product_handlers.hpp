#pragma once

#include <atomic>
#include <string>

#include <mercato/http/router.hpp>

#include "domain/import_products.hpp"
#include "domain/product_repository.hpp"

namespace catalog::api {

class ProductHandlers {
 public:
  ProductHandlers(ProductRepository& products, ProductImporter& importer, std::string shop_currency)
      : products_(products), importer_(importer), shop_currency_(std::move(shop_currency)) {}

  mercato::http::Answer list_products(const mercato::http::Request& request);
  mercato::http::Answer get_product(const mercato::http::Request& request);
  mercato::http::Answer get_product_by_sku(const mercato::http::Request& request);
  mercato::http::Answer create_product(const mercato::http::Request& request);
  mercato::http::Answer patch_product(const mercato::http::Request& request);
  mercato::http::Answer archive_product(const mercato::http::Request& request);
  mercato::http::Answer import_products(const mercato::http::Request& request);

 private:
  ProductRepository& products_;
  ProductImporter& importer_;
  std::string shop_currency_;
  std::atomic_flag importing_;
};

}  // namespace catalog::api
