#pragma once

#include <string>
#include <string_view>

#include "mercato/db/statement.hpp"

namespace mercato::events {

/// The columns of `outbox` that make an event; to be put into a SELECT or RETURNING.
inline constexpr const char* kEventColumns =
    "event_id, type, aggregate_id, version, data, trace_id, occurred_at, published_seq";

/// A row of those columns as CloudEvents 1.0 in JSON. Beside the standard attributes it carries
/// `sequence` (the gapless published_seq, in the form of the Sequence extension),
/// `aggregateversion` and `traceid`.
[[nodiscard]] std::string to_cloud_event(const db::Row& row, std::string_view source);

}  // namespace mercato::events
