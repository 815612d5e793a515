#include "support/event_stream.hpp"

#include <chrono>
#include <stdexcept>
#include <utility>

#include "mercato/clock/clock.hpp"
#include "mercato/id/uuid.hpp"

namespace mercato::test {
namespace {

// After one late answer a client does without Redis for a while.
constexpr std::chrono::seconds kRedisPatience{10};

}  // namespace

EventStream::EventStream(const std::string& redis_url, std::string source)
    : redis_({.url = redis_url,
              .connect_timeout = kRedisPatience,
              .command_timeout = kRedisPatience}),
      source_(std::move(source)) {}

std::string EventStream::emit(const std::string& type, const std::string& subject,
                              std::int64_t version, const json::Value& data) {
  const auto id = Uuid::v7().str();
  const json::Value event = {
      {"specversion", "1.0"},
      {"id", id},
      {"source", "/" + source_},
      {"type", type},
      {"subject", subject},
      {"time", to_rfc3339(system_clock().now())},
      {"sequence", std::to_string(++sequence_)},
      {"aggregateversion", version},
      {"datacontenttype", "application/json"},
      {"data", data},
  };
  const auto reply =
      redis_.command({"XADD", "events." + source_, "*", "event", json::dump(event)});
  if (!reply || reply->type != redis::Reply::Type::text) {
    throw std::runtime_error("the event could not be written");
  }
  return id;
}

}  // namespace mercato::test
