#pragma once

#include <mercato/db/pool.hpp>
#include <mercato/process/service.hpp>

namespace catalog::workers {

/// Forgets, every minute, the answers whose Idempotency-Key has run out.
class Housekeeping {
 public:
  explicit Housekeeping(mercato::db::Pool& pool);
  void start() { loop_.start(); }
  void stop() { loop_.stop(); }

 private:
  mercato::process::Loop loop_;
};

}  // namespace catalog::workers
