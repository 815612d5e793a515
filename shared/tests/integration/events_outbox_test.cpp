#include <support/catch.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "mercato/db/pool.hpp"
#include "mercato/events/outbox.hpp"
#include "mercato/json/json.hpp"
#include "support/await.hpp"
#include "support/postgres_server.hpp"
#include "support/redis_server.hpp"

using namespace mercato;
using namespace std::chrono_literals;
using test::PostgresServer;
using test::RedisServer;

namespace {

class OutboxFixture {
 public:
  OutboxFixture()
      : url(PostgresServer::shared().create_database()), client({.url = redis_server.url()}) {
    PostgresServer::sql(url, R"sql(
      CREATE TABLE outbox (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        event_id uuid NOT NULL, type text NOT NULL, aggregate_id text NOT NULL,
        version bigint NOT NULL, data jsonb NOT NULL, trace_id text NOT NULL DEFAULT '',
        occurred_at timestamptz NOT NULL DEFAULT now(),
        published_seq bigint UNIQUE, published_at timestamptz);
      CREATE INDEX outbox_unpublished ON outbox (id) WHERE published_seq IS NULL)sql");
    db::PoolOptions options;
    options.url = url;
    options.application_name = "test";
    pool.emplace(options);
  }

  void write_events(int count) {
    PostgresServer::sql(url,
                        "INSERT INTO outbox (event_id, type, aggregate_id, version, data) "
                        "SELECT gen_random_uuid(), 'note.written', 'n' || i, i, '{\"a\": 1}' "
                        "FROM generate_series(1, " +
                            std::to_string(count) +
                            ") AS i; "
                            "NOTIFY outbox");
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

  RedisServer redis_server;
  std::string url;
  redis::Client client;
  std::optional<db::Pool> pool;
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
  write_events(1);
  REQUIRE(test::await([&] { return streamed().size() == 1; }));
  write_events(1);
  CHECK(test::await([&] { return streamed().size() == 2; }, 500ms));
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
