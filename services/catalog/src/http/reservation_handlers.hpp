#pragma once

#include <mercato/clock/clock.hpp>
#include <mercato/http/router.hpp>

#include "domain/stock.hpp"
#include "workers/batch_lane.hpp"

namespace catalog::api {

using ReserveLane = workers::BatchLane<ReservationRequest, ReserveResult>;
using CommitLane = workers::BatchLane<OrderId, CommitResult>;

/// What the order service calls: holds, sells and gives back stock.
class ReservationHandlers {
 public:
  ReservationHandlers(ReservationStore& reservations, const mercato::Clock& clock);

  mercato::http::Answer reserve_stock(const mercato::http::Request& request);
  mercato::http::Answer commit_reservation(const mercato::http::Request& request);
  mercato::http::Answer release_reservation(const mercato::http::Request& request);
  mercato::http::Answer restock_reservation(const mercato::http::Request& request);

 private:
  ReservationStore& reservations_;
  const mercato::Clock& clock_;
  ReserveLane reserve_lane_;
  CommitLane commit_lane_;
};

}  // namespace catalog::api
