#include "mercato/events/cloud_event.hpp"

#include "mercato/clock/clock.hpp"
#include "mercato/json/json.hpp"

namespace mercato::events {

std::string to_cloud_event(const db::Row& row, std::string_view source) {
  json::Value event = {
      {"specversion", "1.0"},
      {"id", db::text(row, "event_id")},
      {"source", "/" + std::string(source)},
      {"type", db::text(row, "type")},
      {"subject", db::text(row, "aggregate_id")},
      {"time", to_rfc3339(db::timestamp(row, "occurred_at"))},
      {"sequence", db::text(row, "published_seq")},
      {"aggregateversion", db::integer(row, "version")},
  };
  const auto trace_id = db::text(row, "trace_id");
  if (!trace_id.empty()) event["traceid"] = trace_id;
  event["datacontenttype"] = "application/json";
  event["data"] = json::Value::parse(db::text(row, "data"));  // our own, so without the limits
  return json::dump(event);
}

}  // namespace mercato::events
