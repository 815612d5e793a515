#include <support/catch.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "http_server_fixture.hpp"
#include "mercato/db/pool.hpp"
#include "mercato/events/consumer.hpp"
#include "mercato/events/dead_letters.hpp"
#include "mercato/events/inbox.hpp"
#include "mercato/events/outbox.hpp"
#include "mercato/events/outbox_feed.hpp"
#include "support/await.hpp"
#include "support/postgres_server.hpp"
#include "support/redis_server.hpp"

using namespace mercato;
using namespace std::chrono_literals;
using test::PostgresServer;
using test::RedisServer;

namespace {

constexpr const char* kProducerTables = R"sql(
  CREATE TABLE outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id uuid NOT NULL DEFAULT gen_random_uuid(), type text NOT NULL,
    aggregate_id text NOT NULL, version bigint NOT NULL, data jsonb NOT NULL,
    trace_id text NOT NULL DEFAULT '', occurred_at timestamptz NOT NULL DEFAULT now(),
    published_seq bigint UNIQUE, published_at timestamptz);
  CREATE INDEX outbox_unpublished ON outbox (id) WHERE published_seq IS NULL)sql";

constexpr const char* kConsumerTables = R"sql(
  CREATE TABLE event_cursor (
    source text PRIMARY KEY, sequence bigint NOT NULL, moved_at timestamptz NOT NULL DEFAULT now());
  CREATE TABLE inbox (
    source text NOT NULL, aggregate_id text NOT NULL, version bigint NOT NULL,
    touched_on date NOT NULL DEFAULT current_date, PRIMARY KEY (source, aggregate_id));
  CREATE INDEX inbox_by_age ON inbox (touched_on);
  CREATE TABLE dead_letter (
    event_id uuid PRIMARY KEY, source text NOT NULL, sequence bigint NOT NULL, type text NOT NULL,
    aggregate_id text NOT NULL, version bigint NOT NULL, event text NOT NULL, error text NOT NULL,
    attempts int NOT NULL, redrive boolean NOT NULL DEFAULT false,
    failed_at timestamptz NOT NULL DEFAULT now());
  CREATE INDEX dead_letter_of_aggregate ON dead_letter (source, aggregate_id, sequence);
  CREATE TABLE effect (id bigint GENERATED ALWAYS AS IDENTITY, note text, version bigint))sql";

constexpr const char* kKnowThousands = R"sql(
  INSERT INTO inbox (source, aggregate_id, version)
  SELECT 'notes', 'n' || i, 1 FROM generate_series(1, 3500) AS i)sql";

/// As a statement ends that takes too long.
constexpr const char* kRefuseToForgetMany = R"sql(
  CREATE FUNCTION refuse_many() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF (SELECT count(*) FROM forgotten) > 1000 THEN RAISE EXCEPTION 'too many'; END IF;
    RETURN NULL;
  END $$;
  CREATE TRIGGER refuse_many AFTER DELETE ON inbox REFERENCING OLD TABLE AS forgotten
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_many())sql";

constexpr db::Statement kMakeEffect{"make_effect",
                                    "INSERT INTO effect (note, version) VALUES ($1, $2)"};

/// Writes down what it was given, and refuses what says so.
void apply(db::Transaction& transaction, const std::vector<events::Event>& news) {
  for (const auto& event : news) {
    transaction.execute(kMakeEffect, event.aggregate, event.version);
    if (event.data.contains("poison")) throw std::runtime_error("cannot be digested");
  }
}

db::PoolOptions consumer_options(const std::string& url) {
  db::PoolOptions options;
  options.url = url;
  options.application_name = "test";
  return options;
}

/// A producer with outbox, relay and feed, and what its consumers need.
class ConsumerFixture {
 public:
  ConsumerFixture()
      : produced(PostgresServer::shared().create_database()),
        consumed(PostgresServer::shared().create_database()) {
    PostgresServer::sql(produced, kProducerTables);
    PostgresServer::sql(consumed, kConsumerTables);
    producer_pool.emplace(consumer_options(produced));
    consumer_pool.emplace(consumer_options(consumed));
    feed.emplace("notes", *producer_pool);
    serve();
    relay.emplace("notes", produced, *producer_pool, redis);
    relay->start();
  }

  void serve(std::uint16_t port = 0) {
    http::Router router;
    router.add(http::Method::get, "/internal/v1/events", {.access = http::Access::peer},
               [this](const http::Request& request) { return feed->list_events(request); });
    http::ServerOptions options;
    options.port = port;
    options.authenticate = [](const http::Request&, http::Access) { return http::Caller(); };
    server.emplace(std::move(router), options);
    producer_port = server->port();
  }

  std::unique_ptr<events::Consumer> consume(std::chrono::milliseconds compare = 5s) {
    http::ClientOptions producer;
    producer.name = "notes_events";
    producer.base_urls = {"http://127.0.0.1:" + std::to_string(producer_port)};
    events::ConsumerOptions options;
    options.source = "notes";
    options.types = {"note.written"};
    options.compare_interval = compare;
    auto consumer =
        std::make_unique<events::Consumer>(options, apply, *consumer_pool, redis, producer);
    consumer->start();
    return consumer;
  }

  /// Events of as many notes, n1 and so on, each with a text of that length, that Redis never had.
  void write_long(int events, int bytes) {
    relay->stop();
    PostgresServer::sql(produced,
                        "INSERT INTO outbox (type, aggregate_id, version, data, published_seq, "
                        "published_at) SELECT 'note.written', 'n' || i, 1, "
                        "jsonb_build_object('text', repeat('x', " +
                            std::to_string(bytes) + ")), i, now() FROM generate_series(1, " +
                            std::to_string(events) + ") AS i");
  }

  /// One event of the note with the version.
  void write(const std::string& note, int version, const std::string& data = "{}",
             const std::string& type = "note.written") const {
    PostgresServer::sql(produced,
                        "INSERT INTO outbox (type, aggregate_id, version, data) VALUES ('" + type +
                            "', '" + note + "', " + std::to_string(version) + ", '" + data +
                            "'); NOTIFY outbox");
  }

  /// Adds an entry of these fields to the stream by hand; whether Redis took it.
  [[nodiscard]] bool stream(const std::vector<std::string>& fields) {
    std::vector<std::string> command{"XADD", "events.notes", "*"};
    command.insert(command.end(), fields.begin(), fields.end());
    const auto reply = redis.command(command);
    return reply && reply->type == redis::Reply::Type::text;
  }

  std::string at_consumer(const std::string& statement) const {
    return PostgresServer::sql(consumed, statement);
  }
  /// "note:version …" in the order in which they took effect.
  [[nodiscard]] std::string effects() const {
    return at_consumer(
        "SELECT coalesce(string_agg(note || version, ' ' ORDER BY id), '') FROM effect");
  }
  [[nodiscard]] bool await_effects(const std::string& wanted) const {
    return test::await([&] { return effects() == wanted; });
  }
  [[nodiscard]] bool await_published() const {
    return test::await([&] {
      return PostgresServer::sql(produced,
                                 "SELECT count(*) FROM outbox WHERE published_seq IS NULL") == "0";
    });
  }
  int command(const std::vector<std::string>& arguments) const {
    const auto environment = [this](const std::string& name) -> std::optional<std::string> {
      return name == "DATABASE_URL" ? std::optional(consumed) : std::nullopt;
    };
    return events::dead_letters_command(
        settings::Settings::load(settings::storage_settings(), environment), arguments);
  }

  RedisServer redis_server;
  std::string produced;
  std::string consumed;
  // Patient, since after one late answer a client does without Redis for a while.
  redis::Client redis{
      {.url = redis_server.url(), .connect_timeout = 10s, .command_timeout = 10s}};
  std::optional<db::Pool> producer_pool;
  std::optional<db::Pool> consumer_pool;
  std::optional<events::OutboxFeed> feed;
  std::optional<test::RunningServer> server;
  std::uint16_t producer_port = 0;
  std::optional<events::OutboxRelay> relay;
};

}  // namespace

TEST_CASE_METHOD(ConsumerFixture, "a new consumer begins with what the producer still has",
                 "[events]") {
  relay->stop();  // or it numbers the events itself, between the two statements
  write("a", 7);
  write("a", 8);
  write("b", 1);
  PostgresServer::sql(produced, "UPDATE outbox SET published_seq = id + 40, published_at = now()");
  const auto consumer = consume();
  CHECK(await_effects("a7 a8 b1"));
  CHECK(at_consumer("SELECT sequence FROM event_cursor") == "43");
}

TEST_CASE_METHOD(ConsumerFixture, "an event takes effect soon after it was announced", "[events]") {
  const auto consumer = consume(1min);
  write("a", 1);
  CHECK(await_effects("a1"));
  write("a", 2);
  CHECK(await_effects("a1 a2"));
}

TEST_CASE_METHOD(ConsumerFixture, "an event that is delivered again has no effect", "[events]") {
  const auto consumer = consume(1min);
  write("a", 1);
  REQUIRE(await_effects("a1"));
  const auto entry = redis.command({"XRANGE", "events.notes", "-", "+"});
  REQUIRE(entry);
  const auto event = entry->items.at(0).items.at(1).items.at(1).text;
  for (int i = 0; i < 3; ++i) REQUIRE(stream({"event", event}));
  write("a", 2);
  CHECK(await_effects("a1 a2"));
}

TEST_CASE_METHOD(ConsumerFixture, "events that overtook each other take effect in order",
                 "[events]") {
  const auto consumer = consume(1min);
  write("a", 1);
  REQUIRE(await_effects("a1"));
  relay->stop();
  write("a", 2);
  write("a", 3);
  PostgresServer::sql(produced,
                      "UPDATE outbox SET published_seq = id, published_at = now() WHERE id > 1");
  const auto rows = producer_pool->execute(
      {"by_hand",
       "SELECT event_id, type, aggregate_id, version, data, trace_id, occurred_at, "
       "published_seq FROM outbox WHERE id > 1 ORDER BY id DESC"});
  for (const auto& row : rows) {
    REQUIRE(stream({"event", events::to_cloud_event(row, "notes")}));
  }
  CHECK(await_effects("a1 a2 a3"));
}

TEST_CASE_METHOD(ConsumerFixture, "what is no event is passed over", "[events]") {
  const auto consumer = consume(1min);
  write("a", 1);
  REQUIRE(await_effects("a1"));
  REQUIRE(stream({"event", "{\"id\": 1"}));
  REQUIRE(stream({"other", "x", "more", "y"}));
  write("a", 2);
  CHECK(await_effects("a1 a2"));
}

TEST_CASE_METHOD(ConsumerFixture, "events arrive although Redis lost them", "[events]") {
  const auto consumer = consume(300ms);
  write("a", 1);
  REQUIRE(await_effects("a1"));

  SECTION("it was emptied") {
    relay->stop();
    write("a", 2);
    PostgresServer::sql(produced, "UPDATE outbox SET published_seq = id, published_at = now()");
    REQUIRE(redis.command({"FLUSHALL"}));
    CHECK(await_effects("a1 a2"));
    relay->start();
  }
  SECTION("it was restarted") {
    redis_server.kill();
    write("a", 2);
    CHECK(await_effects("a1 a2"));
    redis_server.restart();
  }
  write("a", 3);
  CHECK(await_effects("a1 a2 a3"));
}

TEST_CASE_METHOD(ConsumerFixture, "events arrive without any Redis", "[events]") {
  redis_server.kill();
  const auto consumer = consume();
  write("a", 1);
  CHECK(await_effects("a1"));
}

TEST_CASE_METHOD(ConsumerFixture, "events arrive that are many megabytes together", "[events]") {
  write_long(130, 70'000);
  const auto consumer = consume();
  CHECK(test::await([&] { return at_consumer("SELECT count(*) FROM effect") == "130"; }, 30s));
}

TEST_CASE_METHOD(ConsumerFixture, "long events take effect some at a time", "[events]") {
  constexpr std::size_t kMegabyte = std::size_t{1024} * 1024;
  std::vector<events::Event> written;
  for (int i = 1; i <= 30; ++i) {
    auto& event = written.emplace_back();
    event.type = "note.written";
    event.aggregate = "n" + std::to_string(i);
    event.version = 1;
    event.sequence = i;
    event.text = std::string(100'000, 'x');
  }
  std::size_t most = 0;
  const auto weigh = [&](db::Transaction&, const std::vector<events::Event>& news) {
    most = std::max(most, news.size() * written.front().text.size());
  };
  events::Inbox inbox("notes", {"note.written"}, weigh, *consumer_pool);
  REQUIRE(inbox.position() == 0);
  const auto taken = inbox.take(written);
  CHECK(taken.applied == written.size());
  CHECK_FALSE(taken.gap);
  CHECK(inbox.position() == 30);
  CHECK(most <= kMegabyte + written.front().text.size());
}

TEST_CASE_METHOD(ConsumerFixture, "events arrive while the producer is away", "[events]") {
  write("a", 1);
  REQUIRE(await_published());
  server.reset();
  const auto consumer = consume();
  CHECK(await_effects("a1"));
  write("a", 2);
  CHECK(await_effects("a1 a2"));
}

TEST_CASE_METHOD(ConsumerFixture, "what is missing waits for its producer, and holds what is later",
                 "[events]") {
  const auto consumer = consume(300ms);
  write("a", 1);
  REQUIRE(await_effects("a1"));
  server.reset();
  write("a", 2);
  REQUIRE(await_published());
  relay->stop();
  REQUIRE(await_effects("a1 a2"));
  PostgresServer::sql(produced,
                      "INSERT INTO outbox (type, aggregate_id, version, data, published_seq, "
                      "published_at) VALUES ('note.written', 'a', 3, '{}', 3, now())");
  relay->start();
  write("a", 4);
  REQUIRE(await_published());
  CHECK_FALSE(test::await([&] { return effects() != "a1 a2"; }, 1s));
  serve(producer_port);
  CHECK(await_effects("a1 a2 a3 a4"));
}

TEST_CASE_METHOD(ConsumerFixture, "several replicas apply each event once", "[events]") {
  std::vector<std::unique_ptr<events::Consumer>> replicas;
  for (int i = 0; i < 3; ++i) replicas.push_back(consume(200ms));
  for (int batch = 0; batch < 10; ++batch) {
    PostgresServer::sql(produced,
                        "INSERT INTO outbox (type, aggregate_id, version, data) "
                        "SELECT 'note.written', 'n' || i, " +
                            std::to_string(batch + 1) +
                            ", '{}' FROM generate_series(1, 50) AS i; NOTIFY outbox");
  }
  CHECK(test::await([&] { return at_consumer("SELECT count(*) FROM effect") == "500"; }));
  CHECK(at_consumer("SELECT count(*) FROM (SELECT note, version FROM effect GROUP BY 1, 2 "
                    "HAVING count(*) > 1) AS twice") == "0");
  CHECK(at_consumer("SELECT count(*) FROM (SELECT version, row_number() OVER (PARTITION BY note "
                    "ORDER BY id) AS n FROM effect) AS e WHERE version <> n") == "0");
}

TEST_CASE_METHOD(ConsumerFixture, "a dead letter blocks its own aggregate only", "[events]") {
  const auto consumer = consume();
  write("a", 1, R"({"poison": true})");
  write("b", 1);
  write("a", 2);
  write("b", 2);
  REQUIRE(await_effects("b1 b2"));
  REQUIRE(test::await([&] { return at_consumer("SELECT count(*) FROM dead_letter") == "2"; }));
  CHECK(at_consumer("SELECT string_agg(version || ' ' || attempts || ' ' || error, ', ' ORDER BY "
                    "sequence) FROM dead_letter") ==
        "1 3 cannot be digested, 2 0 waits for an earlier event of its aggregate");
  CHECK(command({"dead"}) == 0);

  SECTION("and fails again until it is mended") {
    CHECK(command({"redrive", "--all"}) == 1);
    CHECK(at_consumer("SELECT string_agg(attempts::text, ' ' ORDER BY sequence) FROM dead_letter "
                      "WHERE NOT redrive") == "4 0");
  }
  SECTION("and takes effect once it is mended, with what waited for it") {
    at_consumer("UPDATE dead_letter SET event = replace(event, 'poison', 'medicine')");
    const auto second = at_consumer("SELECT event_id FROM dead_letter WHERE version = 2");
    CHECK(command({"redrive", second}) == 0);
    CHECK(effects() == "b1 b2 a1 a2");
    write("a", 3);
    CHECK(await_effects("b1 b2 a1 a2 a3"));
  }
}

TEST_CASE_METHOD(ConsumerFixture, "a version that skips one is held", "[events]") {
  const auto consumer = consume();
  write("a", 1);
  write("a", 3);
  write("b", 1);
  REQUIRE(await_effects("a1 b1"));
  CHECK(at_consumer("SELECT error FROM dead_letter") == "version 2 is missing");
  CHECK(command({"redrive", "--all"}) == 0);
  CHECK(effects() == "a1 b1 a3");
}

TEST_CASE_METHOD(ConsumerFixture, "events of other types are passed over, and counted",
                 "[events]") {
  const auto consumer = consume();
  write("a", 1, "{}", "note.read");
  write("a", 2);
  CHECK(await_effects("a2"));
  CHECK(at_consumer("SELECT sequence || ' ' || version FROM event_cursor, inbox") == "2 2");
}

TEST_CASE_METHOD(ConsumerFixture, "a producer that was set back is followed", "[events]") {
  const auto consumer = consume(200ms);
  write("a", 1);
  write("a", 2);
  REQUIRE(await_effects("a1 a2"));
  PostgresServer::sql(produced, "DELETE FROM outbox WHERE version = 2");
  REQUIRE(test::await([&] { return at_consumer("SELECT sequence FROM event_cursor") == "1"; }));
  write("a", 2);
  CHECK(await_effects("a1 a2 a2"));
}

TEST_CASE_METHOD(ConsumerFixture, "what a producer that was set back has not done has no effect",
                 "[events]") {
  {
    const auto consumer = consume(200ms);
    for (int version = 1; version <= 3; ++version) write("a", version);
    REQUIRE(await_effects("a1 a2 a3"));
    PostgresServer::sql(produced, "DELETE FROM outbox WHERE version > 1");
    REQUIRE(test::await([&] { return at_consumer("SELECT sequence FROM event_cursor") == "1"; }));
  }
  write("b", 1);
  REQUIRE(await_published());
  server.reset();
  const auto consumer = consume();  // from the stream alone, which has had two events numbered 2
  CHECK(await_effects("a1 a2 a3 b1"));
}

TEST_CASE_METHOD(ConsumerFixture, "a jump forgets what is known a thousand at a time", "[events]") {
  at_consumer(kRefuseToForgetMany);
  {
    const auto consumer = consume();
    write("a", 1);
    write("a", 2);
    REQUIRE(await_effects("a1 a2"));
  }
  at_consumer(kKnowThousands);
  PostgresServer::sql(produced, "DELETE FROM outbox WHERE version = 2");
  const auto consumer = consume(200ms);
  REQUIRE(test::await([&] { return at_consumer("SELECT sequence FROM event_cursor") == "1"; }));
  CHECK(at_consumer("SELECT count(*) FROM inbox") == "0");
  write("a", 2);
  CHECK(await_effects("a1 a2 a2"));
}

TEST_CASE_METHOD(ConsumerFixture, "a jump that was interrupted goes on where it was", "[events]") {
  at_consumer("INSERT INTO event_cursor (source, sequence) VALUES ('notes', 9)");
  at_consumer(kKnowThousands);
  at_consumer(R"sql(
    INSERT INTO inbox (source, aggregate_id, version) VALUES ('notes', 'unforgettable', 1);
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION 'not now';
    END $$;
    CREATE TRIGGER refuse BEFORE DELETE ON inbox FOR EACH ROW
      WHEN (OLD.aggregate_id = 'unforgettable') EXECUTE FUNCTION refuse())sql");
  events::Inbox inbox("notes", {"note.written"}, apply, *consumer_pool);
  const auto jump = [&inbox] {
    for (int calls = 0; calls < 10 && !inbox.jump(9, 3);) ++calls;
  };
  CHECK_THROWS(jump());
  CHECK(at_consumer("SELECT count(*) FROM inbox") == "501");
  CHECK(at_consumer("SELECT sequence FROM event_cursor") == "9");
  at_consumer("DROP TRIGGER refuse ON inbox");
  jump();
  CHECK(at_consumer("SELECT count(*) FROM inbox") == "0");
  CHECK(at_consumer("SELECT sequence FROM event_cursor") == "3");
}

TEST_CASE_METHOD(ConsumerFixture, "aggregates that were quiet for two weeks are forgotten",
                 "[events]") {
  {
    const auto consumer = consume();
    write("a", 1);
    write("b", 1);
    REQUIRE(await_effects("a1 b1"));
  }
  at_consumer("UPDATE inbox SET touched_on = current_date - 15 WHERE aggregate_id = 'a'");
  const auto consumer = consume();
  const auto known = "SELECT string_agg(aggregate_id, '') FROM inbox";
  CHECK(test::await([&] { return at_consumer(known) == "b"; }));
}
