#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "mercato/db/listener.hpp"
#include "mercato/events/cloud_event.hpp"
#include "mercato/events/outbox.hpp"
#include "mercato/log/log.hpp"
#include "mercato/metrics/metrics.hpp"
#include "mercato/process/service.hpp"

namespace mercato::events {
namespace {

using namespace std::chrono_literals;

// A notification is a hint that may be lost, and busy writers do without: NOTIFY makes their
// commits queue behind each other (docs/adr/0004). An event waits this long at most.
constexpr auto kPoll = 200ms;
constexpr std::size_t kEventsAtOnce = 500;
// Whoever falls further behind than this fetches from the database instead. An event has half a
// kilobyte, of an order of twenty lines two: all streams together have 40 of the 128 MiB that
// deployments give to Redis, which counts, and refuses, by bytes.
constexpr const char* kStreamLength = "10000";
constexpr auto kComplainEvery = 1min;
constexpr auto kPruneEvery = 1min;
constexpr std::size_t kPruneBatch = 1'000;
constexpr auto kMeasureEvery = 10s;

constexpr db::Statement kHasUnpublished{
    "outbox_has_unpublished",
    "SELECT EXISTS (SELECT 1 FROM outbox WHERE published_seq IS NULL) AS found"};

// Until the transaction ends, only its holder gives out sequence numbers.
constexpr db::Statement kLockOutbox{"outbox_lock",
                                    "SELECT pg_try_advisory_xact_lock(7239015) AS held"};

// A statement of its own after the lock, so that it sees what the last holder committed.
const std::string kNumberEventsSql = std::string(R"sql(
  WITH batch AS (
    SELECT id, row_number() OVER (ORDER BY id) AS n
      FROM (SELECT id FROM outbox WHERE published_seq IS NULL ORDER BY id LIMIT $1) AS unpublished),
  last AS (SELECT coalesce(max(published_seq), 0) AS seq FROM outbox),
  numbered AS (
    UPDATE outbox SET published_seq = last.seq + batch.n, published_at = now()
      FROM batch, last WHERE outbox.id = batch.id
    RETURNING outbox.*)
  SELECT )sql") + kEventColumns + " FROM numbered ORDER BY published_seq";
const db::Statement kNumberEvents{"outbox_number_events", kNumberEventsSql.c_str()};

// The newest row stays for ever: its number is where the next one goes on.
constexpr db::Statement kPruneOutbox{"outbox_prune", R"sql(
  DELETE FROM outbox
   WHERE published_seq < (SELECT least(min(published_seq) + $1, max(published_seq)) FROM outbox)
     AND published_at < now() - interval '7 days')sql"};

constexpr db::Statement kMeasureOutbox{"outbox_measure", R"sql(
  SELECT count(*) AS unpublished,
         coalesce(extract(epoch FROM clock_timestamp() - min(occurred_at)), 0)::bigint AS lag_s,
         (SELECT coalesce(max(published_seq) - min(published_seq) + 1, 0) FROM outbox) AS kept
    FROM outbox WHERE published_seq IS NULL)sql"};

}  // namespace

struct OutboxRelay::Impl {
  Impl(std::string event_source, std::string url, db::Pool& database, redis::Client& streams)
      : source(std::move(event_source)),
        stream("events." + source),
        database_url(std::move(url)),
        pool(database),
        redis(streams),
        loop("outbox-relay", [this] { return step(); }) {}

  std::chrono::milliseconds step() {
    look_after();
    if (!db::boolean(pool.execute(kHasUnpublished)[0], "found")) return kPoll;
    const auto events = number_events();
    publish(events);
    // A full batch may have left more behind; an empty one is another relay's work.
    return events.size() == kEventsAtOnce ? 0ms : kPoll;
  }

  struct Numbered {
    std::string type;
    std::string event;
  };

  std::vector<Numbered> number_events() {
    return pool.transact([this](db::Transaction& transaction) {
      std::vector<Numbered> events;
      if (!db::boolean(transaction.execute(kLockOutbox)[0], "held")) return events;
      for (const auto& row : transaction.execute(kNumberEvents, kEventsAtOnce)) {
        events.push_back({db::text(row, "type"), to_cloud_event(row, source)});
      }
      return events;
    });
  }

  void publish(const std::vector<Numbered>& events) {
    if (events.empty()) return;
    std::vector<std::vector<std::string>> commands;
    for (const auto& [type, event] : events) {
      commands.push_back({"XADD", stream, "MAXLEN", "~", kStreamLength, "*", "event", event});
      count(type);
    }
    const auto replies = redis.pipeline(commands);
    if (replies) look_for_refusals(*replies);
    log::debug("events published", {{"count", events.size()}, {"to_stream", replies.has_value()}});
  }

  /// What Redis refuses is only late: the next event shows its absence, or a comparison does.
  void look_for_refusals(const std::vector<redis::Reply>& replies) {
    const auto is_refusal = [](const auto& reply) {
      return reply.type == redis::Reply::Type::error;
    };
    const auto first = std::find_if(replies.begin(), replies.end(), is_refusal);
    if (first == replies.end()) return;
    const auto count = std::count_if(first, replies.end(), is_refusal);
    refused.add(static_cast<double>(count));
    // Without memory XADD is refused before it drops what is too old, and would be for ever.
    if (first->text.starts_with("OOM")) {
      static_cast<void>(redis.command({"XTRIM", stream, "MAXLEN", "0"}));
    }
    const auto now = std::chrono::steady_clock::now();
    if (now < complain_at) return;
    complain_at = now + kComplainEvery;
    log::warn("Redis refused events",
              {{"stream", stream}, {"count", count}, {"reason", first->text}});
  }

  /// Types are few, and what happened is best counted where it is told.
  void count(const std::string& type) {
    const auto known = published.find(type);
    if (known != published.end()) return known->second.add();
    published
        .emplace(type, metrics::registry().counter("outbox_events_published_total",
                                                   "Events that were given their sequence number.",
                                                   {{"type", type}}))
        .first->second.add();
  }

  void look_after() {
    const auto now = std::chrono::steady_clock::now();
    if (now >= prune_at) {
      const auto pruned = db::affected_rows(pool.execute(kPruneOutbox, kPruneBatch));
      if (pruned < kPruneBatch) prune_at = now + kPruneEvery;
    }
    if (now < measure_at) return;
    measure_at = now + kMeasureEvery;
    const auto row = pool.execute(kMeasureOutbox)[0];
    unpublished.set(static_cast<double>(db::integer(row, "unpublished")));
    lag_seconds.set(static_cast<double>(db::integer(row, "lag_s")));
    kept.set(static_cast<double>(db::integer(row, "kept")));
  }

  const std::string source;
  const std::string stream;
  const std::string database_url;
  db::Pool& pool;
  redis::Client& redis;
  std::map<std::string, metrics::Counter> published;  // by type
  const metrics::Gauge unpublished = metrics::registry().gauge(
      "outbox_unpublished", "Events that were written and have no sequence number yet.");
  const metrics::Gauge lag_seconds = metrics::registry().gauge(
      "outbox_lag_seconds", "How long the oldest of them has been waiting.");
  const metrics::Gauge kept = metrics::registry().gauge(
      "outbox_kept", "Published events that consumers can still fetch.");
  const metrics::Counter refused =
      metrics::registry().counter("outbox_events_refused_total",
                                  "Events that Redis did not take, so that consumers fetch them.");
  std::chrono::steady_clock::time_point prune_at{};
  std::chrono::steady_clock::time_point measure_at{};
  std::chrono::steady_clock::time_point complain_at{};
  process::Loop loop;
  std::optional<db::Listener> listener;
};

OutboxRelay::OutboxRelay(std::string source, std::string database_url, db::Pool& pool,
                         redis::Client& redis)
    : impl_(std::make_unique<Impl>(std::move(source), std::move(database_url), pool, redis)) {}
OutboxRelay::~OutboxRelay() = default;

void OutboxRelay::start() {
  impl_->loop.start();
  impl_->listener.emplace(impl_->database_url, "outbox", [this] { impl_->loop.wake(); });
}

void OutboxRelay::stop() {
  impl_->listener.reset();
  impl_->loop.stop();
}

}  // namespace mercato::events
