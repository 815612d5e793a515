#pragma once

#include "mercato/clock/clock.hpp"
#include "mercato/db/pool.hpp"
#include "mercato/json/json.hpp"

namespace mercato::events {

/// Has one letter ($1, null: all) applied once more. Those of one aggregate go together, as they
/// can only be applied one after the other.
inline constexpr db::Statement kReleaseLetters{"dead_letters_release", R"sql(
  UPDATE dead_letter SET redrive = true
   WHERE $1::uuid IS NULL
      OR (source, aggregate_id) IN (SELECT source, aggregate_id FROM dead_letter
                                     WHERE event_id = $1::uuid))sql"};

/// A row of dead_letter as operators see it, without the event itself.
[[nodiscard]] inline json::Value letter_json(const db::Row& row) {
  json::Value letter;
  letter["id"] = db::text(row, "event_id");
  letter["source"] = db::text(row, "source");
  letter["sequence"] = db::integer(row, "sequence");
  letter["type"] = db::text(row, "type");
  letter["subject"] = db::text(row, "aggregate_id");
  letter["version"] = db::integer(row, "version");
  letter["error"] = db::text(row, "error");
  letter["attempts"] = db::integer(row, "attempts");
  letter["redriving"] = db::boolean(row, "redrive");
  letter["failed_at"] = to_rfc3339(db::timestamp(row, "failed_at"));
  return letter;
}

}  // namespace mercato::events
