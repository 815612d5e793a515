#include "mercato/events/outbox_feed.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "mercato/events/cloud_event.hpp"
#include "mercato/http/query.hpp"

namespace mercato::events {
namespace {

constexpr std::int64_t kDefaultLimit = 100;
constexpr std::int64_t kMaxLimit = 500;
// The event that takes a page past this is its last. Who asks takes 8 MiB at most
// (ClientOptions::max_response_bytes), and an event of a large order may have 70 KB.
constexpr std::size_t kPageBytes = std::size_t{1024} * 1024;

// What data takes up where it is stored, compressed, is known without reading it.
const std::string kListEventsSql =
    std::string("SELECT ") + kEventColumns + " FROM (SELECT " + kEventColumns +
    ", sum(pg_column_size(data)) OVER (ORDER BY published_seq) - pg_column_size(data) AS before"
    " FROM outbox WHERE published_seq > $1 ORDER BY published_seq LIMIT $2) AS next"
    " WHERE before < " + std::to_string(kPageBytes) + " ORDER BY published_seq";
const db::Statement kListEvents{"outbox_list_events", kListEventsSql.c_str()};

constexpr db::Statement kOutboxRange{"outbox_range", R"sql(
  SELECT coalesce(min(published_seq), 0) AS oldest, coalesce(max(published_seq), 0) AS newest
    FROM outbox)sql"};

}  // namespace

OutboxFeed::OutboxFeed(std::string source, db::Pool& pool)
    : source_(std::move(source)), pool_(pool) {}

http::Answer OutboxFeed::list_events(const http::Request& request) {
  http::QueryReader query(request);
  const auto after = query.integer("after", 0, INT64_MAX).value_or(0);
  const auto limit = query.integer("limit", 1, INT64_MAX).value_or(kDefaultLimit);
  query.finish();

  // The range first: what is numbered meanwhile shows among the events, which does no harm.
  const auto range = pool_.execute_until(request.deadline, kOutboxRange)[0];
  std::string data;
  for (const auto& row : pool_.execute_until(request.deadline, kListEvents, after,
                                             std::min(limit, kMaxLimit))) {
    data += (data.empty() ? "" : ",") + to_cloud_event(row, source_);
    if (data.size() >= kPageBytes) break;
  }
  http::Response response;
  response.body = "{\"data\":[" + data + "],\"oldest\":" + db::text(range, "oldest") +
                  ",\"newest\":" + db::text(range, "newest") + "}";
  response.headers.set("Cache-Control", "no-store");
  return response;
}

}  // namespace mercato::events
