#pragma once

#include <mercato/db/pool.hpp>
#include <mercato/process/service.hpp>

namespace catalog::workers {

/// Ranks products by their sales, every three seconds if there were any, however many processes do
/// it. Keeps what walks that have begun still go by, and forgets the rest, even while no ranks can
/// be made.
class SalesRanking {
 public:
  explicit SalesRanking(mercato::db::Pool& pool);
  void start();
  void stop();

 private:
  mercato::process::Loop making_;
  mercato::process::Loop pruning_;
};

}  // namespace catalog::workers
