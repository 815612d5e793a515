#include "mercato/events/consumer.hpp"

#include <algorithm>
#include <exception>
#include <optional>
#include <utility>
#include <variant>

#include "mercato/log/log.hpp"
#include "mercato/metrics/metrics.hpp"
#include "mercato/process/service.hpp"

namespace mercato::events {
namespace {

using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;

constexpr std::size_t kBatch = 200;
constexpr int kPagesAtOnce = 10;
constexpr auto kBlock = 400ms;  // stop() waits for this long at most
constexpr auto kBusy = 200ms;   // until a standby looks again
constexpr auto kRetry = 1'000ms;
constexpr auto kRedriveEvery = 1s;
constexpr auto kTidyEvery = 10s;
constexpr const char* kBeginning = "0-0";

struct Entries {
  std::vector<Event> events;  // in ascending sequence
  std::string last_id;        // empty: there were no entries
};

/// The answer to XREAD of one stream. What is no event is passed over: the producer has the truth.
Entries parse_entries(const redis::Reply& reply) {
  Entries entries;
  if (reply.type != redis::Reply::Type::array || reply.items.empty()) return entries;
  for (const auto& entry : reply.items.at(0).items.at(1).items) {
    entries.last_id = entry.items.at(0).text;
    const auto& fields = entry.items.at(1).items;
    auto event = fields.size() == 2 ? parse_cloud_event(fields.at(1).text) : std::nullopt;
    if (event) {
      entries.events.push_back(std::move(*event));
    } else {
      log::warn("a stream entry is no event", {{"entry", entries.last_id}});
    }
  }
  std::stable_sort(entries.events.begin(), entries.events.end(),
                   [](const Event& a, const Event& b) { return a.sequence < b.sequence; });
  return entries;
}

/// What the producer has after a sequence, and the range of what it has at all.
struct Page {
  std::vector<Event> events;
  std::int64_t oldest = 0;
  std::int64_t newest = 0;
};

std::optional<Page> parse_page(const http::Outcome& outcome) {
  const auto* answered = std::get_if<http::Answered>(&outcome);
  if (answered == nullptr || answered->response.status != 200) return std::nullopt;
  try {
    const auto body = json::Value::parse(answered->response.body);
    Page page;
    page.oldest = body.at("oldest").get<std::int64_t>();
    page.newest = body.at("newest").get<std::int64_t>();
    for (const auto& item : body.at("data")) {
      auto event = parse_cloud_event(json::dump(item));
      if (!event) return std::nullopt;
      page.events.push_back(std::move(*event));
    }
    return page;
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

struct Metrics {
  explicit Metrics(const std::string& source)
      : applied(metrics::registry().counter("events_applied_total",
                                            "Events of a producer that were dealt with.",
                                            {{"source", source}})),
        fetched(metrics::registry().counter("events_fetched_total",
                                            "Those that the producer was asked for.",
                                            {{"source", source}})),
        missed(metrics::registry().counter("events_missed_total",
                                           "Events that their producer did not keep for us.",
                                           {{"source", source}})),
        pending(metrics::registry().gauge("events_pending",
                                          "Events that the producer has and we did not apply.",
                                          {{"source", source}})),
        dead(metrics::registry().gauge("events_dead_letters",
                                       "Events that failed, or wait behind one that did.",
                                       {{"source", source}})) {}
  metrics::Counter applied;
  metrics::Counter fetched;
  metrics::Counter missed;
  metrics::Gauge pending;
  metrics::Gauge dead;
};

}  // namespace

struct Consumer::Impl {
  Impl(ConsumerOptions consumer_options, Apply apply, db::Pool& pool, redis::Client& streams,
       http::ClientOptions producer_options)
      : options(std::move(consumer_options)),
        stream("events." + options.source),
        inbox(options.source, options.types, std::move(apply), pool),
        redis(streams),
        producer(std::move(producer_options)),
        counts(options.source),
        loop("events." + options.source, [this] { return step(); }) {}

  std::chrono::milliseconds step() {
    look_after();
    const auto now = Steady::now();
    if (now >= compare_at && now >= ask_again_at) {
      const auto compared = compare();
      if (compared == Compared::busy) return kBusy;
      if (compared == Compared::more) return 0ms;
    }
    return read_stream();
  }

  void look_after() {
    const auto now = Steady::now();
    if (now >= redrive_at) {
      redrive_at = now + kRedriveEvery;
      if (inbox.redrive()) tidy_at = now;
    }
    if (now < tidy_at) return;
    tidy_at = now + kTidyEvery;
    inbox.prune();
    counts.dead.set(static_cast<double>(inbox.count_dead_letters()));
  }

  enum class Compared { level, absent, more, busy };

  /// Fetches what the producer has after the cursor, a bounded number of pages of it.
  Compared compare() {
    const auto tail = stream_tail();
    for (int pages = 0; pages < kPagesAtOnce; ++pages) {
      const auto position = inbox.position();
      const auto page = fetch(position);
      if (!page) {
        ask_again_at = Steady::now() + kRetry;
        if (last_id.empty()) last_id = kBeginning;  // what Redis has will do meanwhile
        return Compared::absent;
      }
      if (adapt(position, *page)) continue;
      if (page->events.empty()) return level_at(tail);
      const auto taken = inbox.take(page->events);
      count(taken.applied);
      counts.fetched.add(static_cast<double>(taken.applied));
      if (taken.busy) return Compared::busy;
      const auto left = page->newest - page->events.back().sequence;
      counts.pending.set(static_cast<double>(std::max<std::int64_t>(left, 0)));
      last_id.clear();
    }
    return Compared::more;
  }

  /// All that the stream held up to `tail` was applied. If the stream did not bring it, it is read
  /// from there on: it may have been emptied, or Redis' clock set back.
  Compared level_at(const std::string& tail) {
    counts.pending.set(0);
    if (last_id.empty()) last_id = tail;
    compare_at = Steady::now() + (redis.reachable() ? options.compare_interval
                                                    : std::min(options.compare_interval, kRetry));
    return Compared::level;
  }

  /// Follows the producer where its history and our memory of it have parted. True if they had, and
  /// have to be compared again.
  bool adapt(std::int64_t position, const Page& page) {
    if (page.newest < position) {
      // It has what did not happen, in this history, under numbers that are given once more.
      static_cast<void>(redis.command({"DEL", stream}));
      if (!inbox.jump(position, page.newest)) return true;
      log::error("the producer was set back", {{"source", options.source},
                                               {"position", position},
                                               {"newest", page.newest}});
      return true;
    }
    if (page.oldest <= position + 1) return false;
    if (!inbox.jump(position, page.oldest - 1)) return true;
    if (position > 0) {
      const auto missed = page.oldest - position - 1;
      log::error("events are missing", {{"source", options.source}, {"count", missed}});
      counts.missed.add(static_cast<double>(missed));
    }
    return true;
  }

  std::optional<Page> fetch(std::int64_t position) {
    http::ClientRequest request;
    request.path = "/internal/v1/events?after=" + std::to_string(position) +
                   "&limit=" + std::to_string(kBatch);
    request.idempotent = true;
    return parse_page(producer.call(request));
  }

  std::chrono::milliseconds read_stream() {
    const auto reply = redis.blocking_command(
        {"XREAD", "COUNT", std::to_string(kBatch), "BLOCK", std::to_string(kBlock.count()),
         "STREAMS", stream, last_id},
        kBlock);
    if (!reply || reply->type == redis::Reply::Type::error) {
      compare_at = std::min(compare_at, Steady::now() + kRetry);
      return kBusy;
    }
    const auto entries = parse_entries(*reply);
    if (entries.last_id.empty()) return 0ms;
    const auto taken = inbox.take(entries.events);
    count(taken.applied);
    if (taken.busy) return kBusy;
    if (taken.gap) {
      // The entries stay unread, should the producer be away.
      compare_at = Steady::now();
      return taken.applied > 0 ? 0ms : kBusy;
    }
    last_id = entries.last_id;
    return 0ms;
  }

  /// The id of the stream's last entry, from which on it is news.
  std::string stream_tail() {
    const auto reply = redis.command({"XREVRANGE", stream, "+", "-", "COUNT", "1"});
    const bool found = reply && reply->type == redis::Reply::Type::array && !reply->items.empty();
    return found ? reply->items.at(0).items.at(0).text : kBeginning;
  }

  void count(std::size_t applied) { counts.applied.add(static_cast<double>(applied)); }

  const ConsumerOptions options;
  const std::string stream;
  Inbox inbox;
  redis::Client& redis;
  http::Client producer;
  Metrics counts;
  std::string last_id;  // of the stream; empty: it was not looked at yet
  Steady::time_point compare_at{};
  Steady::time_point ask_again_at{};  // a producer that did not answer
  Steady::time_point redrive_at{};
  Steady::time_point tidy_at{};
  process::Loop loop;
};

Consumer::Consumer(ConsumerOptions options, Apply apply, db::Pool& pool, redis::Client& redis,
                   http::ClientOptions producer)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(apply), pool, redis,
                                   std::move(producer))) {}
Consumer::~Consumer() = default;

void Consumer::start() {
  impl_->loop.start();
}

void Consumer::stop() {
  impl_->loop.stop();
}

std::vector<settings::Setting> consumer_settings() {
  return {{.name = "EVENT_COMPARE_MS",
           .kind = settings::Kind::integer,
           .default_value = "5000",
           .meaning = "Milliseconds between asking producers for events that Redis lost.",
           .min = 100,
           .max = 600'000}};
}

}  // namespace mercato::events
