#pragma once

#include <mercato/db/pool.hpp>

#include "domain/offer.hpp"

namespace catalog::storage {

class PgOfferReader : public OfferReader {
 public:
  explicit PgOfferReader(mercato::db::Pool& pool) : pool_(pool) {}

  [[nodiscard]] std::vector<Offer> list(const std::vector<ProductId>& products) override;

 private:
  mercato::db::Pool& pool_;
};

}  // namespace catalog::storage
