#include <support/catch.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "http_server_fixture.hpp"
#include "mercato/db/pool.hpp"
#include "mercato/events/outbox.hpp"
#include "mercato/events/outbox_feed.hpp"
#include "mercato/json/json.hpp"
#include "mercato/metrics/metrics.hpp"
#include "support/await.hpp"
#include "support/postgres_server.hpp"
#include "support/redis_server.hpp"

using namespace mercato;
using namespace std::chrono_literals;
using test::PostgresServer;
using test::RedisServer;

namespace {

constexpr const char* kOutbox = R"sql(
  CREATE TABLE outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id uuid NOT NULL, type text NOT NULL, aggregate_id text NOT NULL,
    version bigint NOT NULL, data jsonb NOT NULL, trace_id text NOT NULL DEFAULT '',
    occurred_at timestamptz NOT NULL DEFAULT now(),
    published_seq bigint UNIQUE, published_at timestamptz);
  CREATE INDEX outbox_unpublished ON outbox (id) WHERE published_seq IS NULL)sql";

/// A relay looks this often by itself, or a little less: what nobody announced is published no
/// sooner after what was before it.
constexpr const char* kBetweenLooks = "180 ms";

constexpr const char* kData = R"({"a": 1})";

std::string insertion(int count, const std::string& data = kData) {
  return "INSERT INTO outbox (event_id, type, aggregate_id, version, data) "
         "SELECT gen_random_uuid(), 'note.written', 'n' || i, i, '" +
         data + "' FROM generate_series(1, " + std::to_string(count) + ") AS i";
}

double refused_events() {
  for (const auto& sample : metrics::registry().samples()) {
    if (sample.name == "outbox_events_refused_total") return sample.value;
  }
  return 0;
}

class OutboxFixture {
 public:
  OutboxFixture()
      : url(PostgresServer::shared().create_database()),
        // Patient, since after one late answer a client does without Redis for a while.
        client({.url = redis_server.url(), .connect_timeout = 10s, .command_timeout = 10s}) {
    PostgresServer::sql(url, kOutbox);
    db::PoolOptions options;
    options.url = url;
    options.application_name = "test";
    pool.emplace(options);
  }

  void write_events(int count, const std::string& data = kData) {
    PostgresServer::sql(url, insertion(count, data) + "; NOTIFY outbox");
  }
  void write_unannounced_event() { PostgresServer::sql(url, insertion(1)); }

  /// How many events were published sooner after the one before than a look follows the other.
  int published_early() {
    return std::stoi(PostgresServer::sql(
        url, std::string("SELECT count(*) FROM outbox AS one JOIN outbox AS next "
                         "ON next.published_seq = one.published_seq + 1 "
                         "WHERE next.published_at - one.published_at < interval '") +
                 kBetweenLooks + "'"));
  }

  std::string unpublished() {
    return PostgresServer::sql(url, "SELECT count(*) FROM outbox WHERE published_seq IS NULL");
  }

  std::vector<json::Value> streamed() {
    std::vector<json::Value> events;
    const auto reply = client.command({"XRANGE", "events.notes", "-", "+"});
    if (!reply) return events;
    for (const auto& entry : reply->items) {
      events.push_back(json::parse(entry.items.at(1).items.at(1).text));
    }
    return events;
  }

  /// The sequence of the stream's last event.
  std::string last_streamed() {
    const auto reply = client.command({"XREVRANGE", "events.notes", "+", "-", "COUNT", "1"});
    if (!reply || reply->items.empty()) return "";
    const auto& fields = reply->items.at(0).items.at(1).items;
    return json::parse(fields.at(1).text).at("sequence").get<std::string>();
  }

  RedisServer redis_server;
  std::string url;
  redis::Client client;
  std::optional<db::Pool> pool;
};

/// A feed of an outbox with numbered events.
class FeedFixture {
 public:
  FeedFixture() : url(PostgresServer::shared().create_database()) {
    PostgresServer::sql(url, kOutbox);
    db::PoolOptions options;
    options.url = url;
    options.application_name = "test";
    pool.emplace(options);
    feed.emplace("notes", *pool);
    http::Router router;
    router.add(http::Method::get, "/internal/v1/events", test::open_route(),
               [this](const http::Request& request) { return feed->list_events(request); });
    server.emplace(std::move(router));
  }

  /// The first events, each with a text of that length.
  void write(int events, int bytes) const {
    PostgresServer::sql(url,
                        "INSERT INTO outbox (event_id, type, aggregate_id, version, data, "
                        "published_seq) SELECT gen_random_uuid(), 'note.written', 'a', i, "
                        "jsonb_build_object('text', repeat('x', " +
                            std::to_string(bytes) + ")), i FROM generate_series(1, " +
                            std::to_string(events) + ") AS i");
  }
  [[nodiscard]] test::HttpAnswer get(const std::string& query) const {
    return server->get("/internal/v1/events?" + query);
  }

  std::string url;
  std::optional<db::Pool> pool;
  std::optional<events::OutboxFeed> feed;
  std::optional<test::RunningServer> server;
};

}  // namespace

TEST_CASE_METHOD(OutboxFixture, "events reach the stream in order, as CloudEvents", "[events]") {
  write_events(3);
  events::OutboxRelay relay("notes", url, *pool, client);
  relay.start();
  REQUIRE(test::await([&] { return streamed().size() == 3; }));
  const auto events = streamed();
  CHECK(events[0].at("specversion") == "1.0");
  CHECK(events[0].at("source") == "/notes");
  CHECK(events[0].at("type") == "note.written");
  CHECK(events[0].at("subject") == "n1");
  CHECK(events[0].at("sequence") == "1");
  CHECK(events[0].at("aggregateversion") == 1);
  CHECK(events[0].at("data") == json::Value({{"a", 1}}));
  CHECK(events[2].at("sequence") == "3");
}

TEST_CASE_METHOD(OutboxFixture, "an event is on its way as soon as it is announced", "[events]") {
  events::OutboxRelay relay("notes", url, *pool, client);
  relay.start();
  const auto published = [&] { return unpublished() == "0"; };
  for (int i = 0; i < 4; ++i) {
    write_unannounced_event();
    REQUIRE(test::await(published));
  }
  CHECK(published_early() <= 1);  // it looks once more when it begins to listen
  // However busy the machine is, some of many are written at once when one is published.
  const auto announce = [&] {
    write_events(1);
    return test::await(published) && published_early() >= 4;
  };
  CHECK(test::await(announce, 30s));
}

TEST_CASE_METHOD(OutboxFixture, "numbers have no gaps, however many relays run", "[events]") {
  events::OutboxRelay first("notes", url, *pool, client);
  events::OutboxRelay second("notes", url, *pool, client);
  first.start();
  second.start();
  for (int i = 0; i < 5; ++i) write_events(150);
  REQUIRE(test::await([&] { return unpublished() == "0"; }));
  CHECK(PostgresServer::sql(url,
                            "SELECT min(published_seq) || ' ' || max(published_seq) || ' ' || "
                            "count(DISTINCT published_seq) FROM outbox") == "1 750 750");
}

TEST_CASE_METHOD(OutboxFixture, "an event whose transaction commits late is not passed over",
                 "[events]") {
  events::OutboxRelay relay("notes", url, *pool, client);
  relay.start();
  pool->transact([&](db::Transaction& late) {
    late.execute_script(
        "INSERT INTO outbox (event_id, type, aggregate_id, version, data)"
        " VALUES (gen_random_uuid(), 'note.written', 'late', 1, '{}')");
    write_events(1);  // with a higher id, and committed before
    REQUIRE(test::await([&] { return streamed().size() == 1; }));
  });
  CHECK(test::await([&] { return streamed().size() == 2; }));  // which follows its number
  CHECK(unpublished() == "0");
}

TEST_CASE_METHOD(OutboxFixture, "without Redis events still get their numbers", "[events]") {
  redis_server.kill();
  events::OutboxRelay relay("notes", url, *pool, client);
  relay.start();
  write_events(2);
  CHECK(test::await([&] { return unpublished() == "0"; }));
}

TEST_CASE_METHOD(OutboxFixture, "a stream is bounded", "[events]") {
  events::OutboxRelay relay("notes", url, *pool, client);
  relay.start();
  write_events(12'000);
  REQUIRE(test::await([&] { return last_streamed() == "12000"; }));
  const auto length = client.command({"XLEN", "events.notes"});
  REQUIRE(length);
  CHECK(length->integer >= 10'000);
  CHECK(length->integer < 10'200);
}

TEST_CASE_METHOD(OutboxFixture, "where Redis is full, a stream makes room in it again",
                 "[events]") {
  const auto refused_before = refused_events();
  REQUIRE(client.command({"CONFIG", "SET", "maxmemory", "4mb"}));
  events::OutboxRelay relay("notes", url, *pool, client);
  relay.start();
  write_events(3'000, R"({"a": ")" + std::string(2'000, 'x') + R"("})");
  REQUIRE(test::await([&] { return unpublished() == "0"; }));
  CHECK(refused_events() > refused_before);
  write_events(1);
  CHECK(test::await([&] { return last_streamed() == "3001"; }));
}

TEST_CASE_METHOD(OutboxFixture, "old events are pruned but for the newest", "[events]") {
  write_events(3);
  {
    events::OutboxRelay relay("notes", url, *pool, client);
    relay.start();
    REQUIRE(test::await([&] { return unpublished() == "0"; }));
  }
  PostgresServer::sql(url, "UPDATE outbox SET published_at = now() - interval '8 days'");
  events::OutboxRelay relay("notes", url, *pool, client);
  relay.start();
  CHECK(test::await([&] {
    return PostgresServer::sql(url, "SELECT string_agg(published_seq::text, ',') FROM outbox") ==
           "3";
  }));
}

TEST_CASE_METHOD(FeedFixture, "the feed is read in pages", "[events]") {
  write(3, 1);
  const auto answer = get("after=1&limit=1");
  REQUIRE(answer.status == 200);
  const auto page = json::parse(answer.body);
  CHECK(page.at("oldest") == 1);
  CHECK(page.at("newest") == 3);
  REQUIRE(page.at("data").size() == 1);
  CHECK(page.at("data")[0].at("sequence") == "2");
  CHECK(json::parse(get("after=3").body).at("data").empty());
  CHECK(get("after=-1").status == 400);
  CHECK(get("limit=0").status == 400);
}

TEST_CASE_METHOD(FeedFixture, "a page of the feed ends with the event that makes it long",
                 "[events]") {
  constexpr std::size_t kMegabyte = std::size_t{1024} * 1024;
  const auto [count, bytes, wanted_pages] =
      GENERATE(std::tuple(25, 100'000, 3), std::tuple(3, 2'000'000, 3));
  write(count, bytes);
  int last = 0;
  int pages = 0;
  for (; last < count; ++pages) {
    const auto answer = get("limit=200&after=" + std::to_string(last));
    REQUIRE(answer.status == 200);
    CHECK(answer.body.size() < kMegabyte + static_cast<std::size_t>(bytes) + 1'000);
    const auto page = json::parse(answer.body);
    REQUIRE_FALSE(page.at("data").empty());
    for (const auto& event : page.at("data")) {
      CHECK(event.at("sequence") == std::to_string(++last));
    }
  }
  CHECK(pages == wanted_pages);
}
