#pragma once

#include <mercato/http/router.hpp>
#include <mercato/idempotency/idempotency.hpp>

#include "domain/stock.hpp"

namespace catalog::api {

class StockHandlers {
 public:
  StockHandlers(StockRepository& stock, mercato::idempotency::Guard& guard)
      : stock_(stock), guard_(guard) {}

  mercato::http::Answer get_stock(const mercato::http::Request& request);
  mercato::http::Answer adjust_stock(const mercato::http::Request& request);

 private:
  StockRepository& stock_;
  mercato::idempotency::Guard& guard_;
};

}  // namespace catalog::api
