#pragma once

#include <chrono>

#include <mercato/process/service.hpp>

#include "storage/pg_inactive_users.hpp"

namespace order::workers {

/// Forgets, once their time has come, the addresses of those who deleted their accounts.
class Erasure {
 public:
  /// An address is kept for `keep_addresses` after its order came to its end.
  Erasure(storage::PgInactiveUsers& users, std::chrono::seconds keep_addresses);

  void start() { loop_.start(); }
  void stop() { loop_.stop(); }

 private:
  std::chrono::milliseconds erase();

  storage::PgInactiveUsers& users_;
  std::chrono::seconds keep_addresses_;
  mercato::process::Loop loop_;
};

}  // namespace order::workers
