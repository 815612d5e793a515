#include "mercato/events/cloud_event.hpp"

#include <charconv>
#include <exception>
#include <utility>

#include "mercato/clock/clock.hpp"

namespace mercato::events {
namespace {

std::string text_of(const json::Value& event, const char* name) {
  return event.at(name).get<std::string>();
}

std::optional<std::int64_t> positive(const std::string& digits) {
  std::int64_t number = 0;
  const auto* const end = digits.data() + digits.size();
  const auto [rest, error] = std::from_chars(digits.data(), end, number);
  const bool whole = error == std::errc() && rest == end && number > 0;
  return whole ? std::optional(number) : std::nullopt;
}

}  // namespace

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

std::optional<Event> parse_cloud_event(std::string_view text) {
  try {
    const auto json = json::Value::parse(text);  // from a producer of ours: without the limits
    const auto sequence = positive(text_of(json, "sequence"));
    const auto id = Uuid::parse(text_of(json, "id"));
    if (text_of(json, "specversion") != "1.0" || !sequence || !id) return std::nullopt;
    Event event;
    event.id = id->str();
    event.type = text_of(json, "type");
    event.aggregate = text_of(json, "subject");
    event.version = json.at("aggregateversion").get<std::int64_t>();
    event.sequence = *sequence;
    event.trace_id = json.value("traceid", "");
    event.data = json.at("data");
    event.text = std::string(text);
    if (event.version <= 0 || event.type.empty()) return std::nullopt;
    return event;
  } catch (const std::exception&) {  // no JSON, or a member is missing or of another type
    return std::nullopt;
  }
}

}  // namespace mercato::events
