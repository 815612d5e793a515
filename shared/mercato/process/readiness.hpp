#pragma once

#include "mercato/db/pool.hpp"
#include "mercato/http/health.hpp"

namespace mercato::process {

/// Ready while the database answers, or else why not. Never blocks; from any thread.
[[nodiscard]] inline http::Readiness readiness_of(const db::Pool& database) {
  if (database.healthy()) return {};
  return {false, "database"};
}

}  // namespace mercato::process
