#pragma once

#include "mercato/db/pool.hpp"
#include "mercato/http/message.hpp"
#include "mercato/id/uuid.hpp"
#include "mercato/json/json.hpp"

namespace mercato::events {

/// Dead letters for operators who have no shell: what the subcommand `events` does, as answers to
/// requests. To be mounted for admins only. A letter is
///   {"id", "source", "sequence", "type", "subject", "version", "error", "attempts", "redriving",
///    "failed_at"}
/// without the event itself, which may hold what an admin need not read.
///
/// One page of them, in the order in which they have to be applied: `limit`, `cursor`. From any
/// thread.
[[nodiscard]] http::Response list_dead_letters(db::Pool& pool, const http::Request& request);

/// Has the letter, and with it those of its aggregate, applied once more by the running service,
/// which looks for such every second; the letter, or Error 404. The list shows whether it worked.
[[nodiscard]] json::Value redrive_dead_letter(db::Transaction& transaction, const Uuid& id);

}  // namespace mercato::events
