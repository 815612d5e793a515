#pragma once

#include <mercato/http/client.hpp>

#include "domain/product_catalog.hpp"

namespace order::clients {

/// The catalog's offers. On connections of its own, so that carts being looked at never keep a
/// checkout waiting. From any thread.
class HttpProducts : public ProductCatalog {
 public:
  explicit HttpProducts(mercato::http::ClientOptions options);

  [[nodiscard]] Answer list(const std::vector<ProductId>& products,
                            mercato::Deadline deadline) override;

 private:
  mercato::http::Client client_;
};

}  // namespace order::clients
