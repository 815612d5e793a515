#pragma once

#include <mercato/clock/clock.hpp>
#include <mercato/http/router.hpp>

#include "domain/stock.hpp"

namespace catalog::api {

/// What the order service calls: holds, sells and gives back stock.
class ReservationHandlers {
 public:
  ReservationHandlers(ReservationStore& reservations, const mercato::Clock& clock)
      : reservations_(reservations), clock_(clock) {}

  mercato::http::Answer reserve(const mercato::http::Request& request);
  mercato::http::Answer commit(const mercato::http::Request& request);
  mercato::http::Answer release(const mercato::http::Request& request);
  mercato::http::Answer restock(const mercato::http::Request& request);

 private:
  ReservationStore& reservations_;
  const mercato::Clock& clock_;
};

}  // namespace catalog::api
