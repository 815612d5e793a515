#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "mercato/db/statement.hpp"
#include "mercato/json/json.hpp"

namespace mercato::events {

/// The columns of `outbox` that make an event; to be put into a SELECT or RETURNING.
inline constexpr const char* kEventColumns =
    "event_id, type, aggregate_id, version, data, trace_id, occurred_at, published_seq";

/// A row of those columns as CloudEvents 1.0 in JSON. Beside the standard attributes it carries
/// `sequence` (the gapless published_seq, in the form of the Sequence extension),
/// `aggregateversion` and `traceid`.
[[nodiscard]] std::string to_cloud_event(const db::Row& row, std::string_view source);

/// An event as its consumers see it.
struct Event {
  std::string id;
  std::string type;       // "account.closed"
  std::string aggregate;  // the id of what it happened to
  std::int64_t version = 0;   // of the aggregate: 1, 2, 3, … without gaps
  std::int64_t sequence = 0;  // of the producer: 1, 2, 3, … without gaps
  std::string trace_id;
  json::Value data;
  std::string text;  // the whole, as it came
};

/// Reads what to_cloud_event() wrote; nothing if it is anything else.
[[nodiscard]] std::optional<Event> parse_cloud_event(std::string_view text);

}  // namespace mercato::events
