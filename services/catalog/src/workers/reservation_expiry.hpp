#pragma once

#include <mercato/process/service.hpp>

#include "domain/stock.hpp"

namespace catalog::workers {

/// Frees holds whose time is over, every second. Several instances at once are harmless.
class ReservationExpiry {
 public:
  explicit ReservationExpiry(ReservationStore& reservations);
  void start() { loop_.start(); }
  void stop() { loop_.stop(); }

 private:
  mercato::process::Loop loop_;
};

}  // namespace catalog::workers
