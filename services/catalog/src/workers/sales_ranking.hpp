#pragma once

#include <mercato/db/pool.hpp>
#include <mercato/process/service.hpp>

namespace catalog::workers {

/// Ranks products by their sales, every second if there were any, and keeps what walks that have
/// begun still go by.
class SalesRanking {
 public:
  explicit SalesRanking(mercato::db::Pool& pool);
  void start() { loop_.start(); }
  void stop() { loop_.stop(); }

 private:
  mercato::process::Loop loop_;
};

}  // namespace catalog::workers
