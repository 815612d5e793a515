#pragma once

#include <string>

#include "mercato/db/pool.hpp"
#include "mercato/http/router.hpp"

namespace mercato::events {

/// The handler of GET /internal/v1/events?after=SEQ&limit=N (100, at most 500): events with a
/// higher `sequence`, in its order, from the outbox itself, so that a consumer can fetch what the
/// stream lost. To be mounted for peers only. The answer is
///   {"data": [event, …], "oldest": SEQ, "newest": SEQ}
/// where `oldest` and `newest` tell what the outbox still has; both are 0 if it has nothing. It
/// ends sooner than after `limit` events with the one that makes it longer than 1 MiB. From any
/// thread.
class OutboxFeed {
 public:
  OutboxFeed(std::string source, db::Pool& pool);
  [[nodiscard]] http::Answer list_events(const http::Request& request);

 private:
  std::string source_;
  db::Pool& pool_;
};

}  // namespace mercato::events
