#pragma once

#include <chrono>
#include <vector>

#include <mercato/process/service.hpp>

#include "domain/stock.hpp"

namespace catalog::workers {

/// Frees holds whose time is over, every second. One that cannot be freed is logged and keeps no
/// other from it. Several instances at once are harmless.
class ReservationExpiry {
 public:
  explicit ReservationExpiry(ReservationStore& reservations);
  void start() { loop_.start(); }
  void stop() { loop_.stop(); }

 private:
  std::chrono::milliseconds step();
  /// Reads on where the last batch ended, and frees them together.
  void free_batch();
  /// The next one of a batch that failed.
  void free_one();

  ReservationStore& reservations_;
  Hold last_;                   // of those that this round has read
  std::vector<OrderId> alone_;  // of a batch that failed: yet to be tried one by one
  mercato::process::Loop loop_;
};

}  // namespace catalog::workers
