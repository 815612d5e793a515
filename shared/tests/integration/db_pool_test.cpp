#include <support/catch.hpp>

#include <chrono>
#include <functional>
#include <latch>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "mercato/db/pool.hpp"
#include "support/await.hpp"
#include "support/postgres_server.hpp"

using namespace mercato;
using namespace std::chrono_literals;
using test::PostgresServer;

namespace {

constexpr db::Statement kEcho{"echo", "SELECT $1::text AS value"};
constexpr db::Statement kInsert{"insert_row", "INSERT INTO t (id, n) VALUES ($1, $2)"};
constexpr db::Statement kInsertTwin{"twin", "INSERT INTO t (id, n, twin) VALUES (1, 1, 99)"};
constexpr db::Statement kTouch{"touch", "UPDATE t SET n = n + 1 WHERE id = $1"};
constexpr db::Statement kSum{"sum", "SELECT sum(n) AS n FROM t"};
constexpr db::Statement kCount{"count_rows", "SELECT count(*) AS n FROM t"};
constexpr db::Statement kSleep{"sleep", "SELECT pg_sleep($1)"};
constexpr db::Statement kWrong{"wrong", "SELEC 1"};

db::PoolOptions pool_options(const std::string& url, std::size_t size = 4) {
  db::PoolOptions options;
  options.url = url;
  options.application_name = "test";
  options.size = size;
  return options;
}

std::string database_with_table() {
  const auto url = PostgresServer::shared().create_database();
  PostgresServer::sql(url,
                      "CREATE TABLE t (id int CONSTRAINT t_id PRIMARY KEY, n int "
                      "CONSTRAINT n_positive CHECK (n > 0), "
                      "twin int CONSTRAINT twin_exists REFERENCES t (id) "
                      "DEFERRABLE INITIALLY DEFERRED)");
  return url;
}

/// Waits until the pool has opened a connection.
void warm(db::Pool& pool) {
  REQUIRE(test::await([&] {
    try {
      pool.execute(kEcho, "warm");
      return true;
    } catch (const Error&) {
      return false;
    }
  }));
}

std::int64_t rows_in(db::Pool& pool) {
  return db::integer(pool.execute(kCount)[0], "n");
}

}  // namespace

TEST_CASE("a statement takes parameters and gives rows", "[db]") {
  db::Pool pool(pool_options(PostgresServer::shared().create_database()));
  CHECK(db::text(pool.execute(kEcho, "x")[0], "value") == "x");
  const auto nothing = pool.execute(kEcho, std::nullopt);
  CHECK(db::optional_text(nothing[0], "value") == std::nullopt);
  CHECK_THROWS_AS(db::text(nothing[0], "value"), std::logic_error);
}

TEST_CASE("a statement that is planned anew is never prepared", "[db]") {
  constexpr db::Statement kAnew{
      "anew", "SELECT $1::text AS value, count(*) AS n FROM pg_prepared_statements", true};
  db::Pool pool(pool_options(PostgresServer::shared().create_database()));
  for (int i = 0; i < 2; ++i) {
    const auto rows = pool.execute(kAnew, "x");
    CHECK(db::text(rows[0], "value") == "x");
    CHECK(db::integer(rows[0], "n") == 0);
  }
}

TEST_CASE("a statement is planned as it asks for, whatever a transaction before it took back",
          "[db]") {
  constexpr db::Statement kOnce{"once", "SELECT current_setting('enable_seqscan') AS seqscan"};
  constexpr db::Statement kAnew{"anew", "SELECT current_setting('enable_seqscan') AS seqscan",
                                true};
  const auto anew_first = GENERATE(true, false);
  const auto& first = anew_first ? kAnew : kOnce;
  const auto& second = anew_first ? kOnce : kAnew;
  db::Pool pool(pool_options(PostgresServer::shared().create_database(), 1));
  const auto planned = [&](const db::Statement& statement) {
    return db::text(pool.execute(statement)[0], "seqscan") == "on" ? "anew" : "once";
  };
  REQUIRE(planned(first) == std::string(first.name));
  CHECK_THROWS_AS(pool.transact([&](db::Transaction& transaction) {
    transaction.execute(second);
    throw std::runtime_error("no");
  }),
                  std::runtime_error);
  SECTION("as the one before the transaction") {
    CHECK(planned(first) == std::string(first.name));
  }
  SECTION("as the one within the transaction") {
    CHECK(planned(second) == std::string(second.name));
  }
}

TEST_CASE("no statement is compiled to machine code, however dear it seems", "[db]") {
  constexpr db::Statement kExplained{"explained", "EXPLAIN (ANALYZE) SELECT sum(n) FROM t"};
  db::Pool pool(pool_options(database_with_table()));
  for (const auto& row : pool.execute(kExplained)) {
    CHECK(db::text(row, "\"QUERY PLAN\"").find("JIT") == std::string::npos);
  }
}

TEST_CASE("a statement is not taken for another one of the same name", "[db]") {
  db::Pool pool(pool_options(PostgresServer::shared().create_database(), 1));
  warm(pool);
  constexpr db::Statement another{"echo", "SELECT $1::text || $2::text AS value"};
  CHECK_THROWS_AS(pool.execute(another, "a", "b"), std::logic_error);
  CHECK(db::text(pool.execute(kEcho, "a")[0], "value") == "a");
}

TEST_CASE("every type comes back as it went in", "[db]") {
  constexpr db::Statement kTypes{
      "types", "SELECT $1::bigint AS i, $2::boolean AS b, $3::uuid AS u, $4::timestamptz AS t"};
  db::Pool pool(pool_options(PostgresServer::shared().create_database()));
  const auto id = Uuid::v7();
  const auto at = *parse_rfc3339("2026-01-31T23:59:59.123456Z");
  const auto result = pool.execute(kTypes, INT64_MIN, false, id, at);
  CHECK(db::row_count(result) == 1);
  CHECK(db::integer(result[0], "i") == INT64_MIN);
  CHECK_FALSE(db::boolean(result[0], "b"));
  CHECK(db::uuid(result[0], "u") == id);
  CHECK(db::timestamp(result[0], "t") == at);
}

TEST_CASE("a transaction commits what it did, and returns what its function returns", "[db]") {
  db::Pool pool(pool_options(database_with_table()));
  const auto rows = pool.transact([](db::Transaction& transaction) {
    return db::affected_rows(transaction.execute(kInsert, 1, 1)) +
           db::affected_rows(transaction.execute(kInsert, 2, 1));
  });
  CHECK(rows == 2);
  CHECK(rows_in(pool) == 2);
}

TEST_CASE("a transaction whose function throws leaves nothing behind", "[db]") {
  db::Pool pool(pool_options(database_with_table()));
  CHECK_THROWS_AS(pool.transact([](db::Transaction& transaction) {
    transaction.execute(kInsert, 1, 1);
    throw std::runtime_error("no");
  }),
                  std::runtime_error);
  CHECK(rows_in(pool) == 0);
}

TEST_CASE("a violated constraint is told by its name", "[db]") {
  db::Pool pool(pool_options(database_with_table()));
  pool.execute(kInsert, 1, 1);
  const auto violated = [&](int id, int n) {
    try {
      pool.execute(kInsert, id, n);
    } catch (const db::ConstraintViolation& violation) {
      return violation.constraint() + " " + violation.sqlstate();
    }
    return std::string();
  };
  CHECK(violated(1, 1) == "t_id 23505");
  CHECK(violated(2, 0) == "n_positive 23514");
}

TEST_CASE("a deferred constraint refuses the commit by its name", "[db]") {
  db::Pool pool(pool_options(database_with_table()));
  try {
    pool.transact([](db::Transaction& transaction) { transaction.execute(kInsertTwin); });
    FAIL("committed");
  } catch (const db::ConstraintViolation& violation) {
    CHECK(violation.constraint() == "twin_exists");
  }
  CHECK(rows_in(pool) == 0);
}

TEST_CASE("a failed statement that is ignored does not look like a commit", "[db]") {
  db::Pool pool(pool_options(database_with_table()));
  pool.execute(kInsert, 1, 1);
  CHECK_THROWS_AS(pool.transact([](db::Transaction& transaction) {
    try {
      transaction.execute(kInsert, 1, 1);
    } catch (const db::ConstraintViolation&) {
    }
  }),
                  std::logic_error);
}

TEST_CASE("wrong SQL is a bug, not an outage", "[db]") {
  db::Pool pool(pool_options(PostgresServer::shared().create_database()));
  CHECK_THROWS_AS(pool.execute(kWrong), std::logic_error);
  CHECK_THROWS_AS(pool.execute(kEcho), std::logic_error);  // too few parameters
  CHECK(db::text(pool.execute(kEcho, "still works")[0], "value") == "still works");
}

TEST_CASE("two transactions that deadlock both get through", "[db]") {
  db::Pool pool(pool_options(database_with_table()));
  pool.execute(kInsert, 1, 1);
  pool.execute(kInsert, 2, 1);
  std::latch both(2);
  const auto touch = [&](int first, int second) {
    bool met = false;
    pool.transact([&](db::Transaction& transaction) {
      transaction.execute(kTouch, first);
      if (!std::exchange(met, true)) both.arrive_and_wait();
      transaction.execute(kTouch, second);
    });
  };
  {
    std::jthread other([&] { touch(2, 1); });
    touch(1, 2);
  }
  CHECK(db::integer(pool.execute(kSum)[0], "n") == 6);
}

TEST_CASE("a statement that takes too long is an outage", "[db]") {
  auto impatient = pool_options(PostgresServer::shared().create_database());
  impatient.statement_timeout = 100ms;
  db::Pool pool(impatient);
  CHECK_THROWS_AS(pool.execute(kSleep, 5), Error);
  CHECK(db::text(pool.execute(kEcho, "next")[0], "value") == "next");
}

TEST_CASE("nobody waits past the caller's deadline", "[db]") {
  auto patient = pool_options(PostgresServer::shared().create_database());
  patient.statement_timeout = 1min;
  db::Pool pool(patient);
  warm(pool);
  const auto begin = std::chrono::steady_clock::now();
  CHECK_THROWS_AS(pool.execute_until(Deadline::in(100ms), kSleep, 50), Error);
  CHECK(std::chrono::steady_clock::now() - begin < 15s);
  CHECK_THROWS_AS(pool.execute_until(Deadline::in(0ms), kEcho, "late"), Error);
}

TEST_CASE("whoever finds no free connection in time is told so", "[db]") {
  auto small = pool_options(PostgresServer::shared().create_database(), 1);
  small.wait_timeout = 50ms;
  db::Pool pool(small);
  warm(pool);
  pool.transact([&](db::Transaction& transaction) {
    transaction.execute(kEcho, "held");
    CHECK(pool.load().in_use == 1);
    std::thread other([&] { CHECK_THROWS_AS(pool.execute(kEcho, "none"), Error); });
    other.join();
  });
  CHECK(db::text(pool.execute(kEcho, "free")[0], "value") == "free");
}

TEST_CASE("more threads than connections share them", "[db]") {
  db::Pool pool(pool_options(database_with_table(), 3));
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 8; ++thread) {
    threads.emplace_back([&pool, thread] {
      for (int i = 0; i < 50; ++i) pool.execute(kInsert, thread * 100 + i, 1);
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(rows_in(pool) == 400);
  CHECK(pool.load().open <= 3);
}

TEST_CASE("connections are replaced when they are old", "[db]") {
  constexpr db::Statement kPid{"pid", "SELECT pg_backend_pid() AS pid"};
  auto young = pool_options(PostgresServer::shared().create_database(), 1);
  young.max_age = 400ms;  // longer than opening one takes where the machine is busy
  db::Pool pool(young);
  const auto first = db::integer(pool.execute(kPid)[0], "pid");
  CHECK(test::await([&] { return db::integer(pool.execute(kPid)[0], "pid") != first; }));
}

TEST_CASE("connections are replaced before they are old though nobody uses them", "[db]") {
  constexpr db::Statement kNewest{
      "newest", "SELECT max(backend_start) AS at FROM pg_stat_activity "
                "WHERE application_name = 'test' AND datname = current_database()"};
  constexpr db::Statement kOlder{
      "older", "SELECT count(*) AS n FROM pg_stat_activity "
               "WHERE application_name = 'test' AND datname = current_database() "
               "AND backend_start <= $1"};
  auto observing = pool_options(PostgresServer::shared().create_database(), 1);
  observing.application_name = "observer";
  db::Pool observer(observing);
  auto young = pool_options(observing.url, 3);
  young.max_age = 2s;
  db::Pool pool(young);
  REQUIRE(test::await([&] { return pool.load().open == 3 && pool.load().in_use == 0; }));
  const auto newest = db::timestamp(observer.execute(kNewest)[0], "at");
  CHECK(test::await([&] { return db::integer(observer.execute(kOlder, newest)[0], "n") == 0; }));
  CHECK(pool.load().open >= 3);
}

TEST_CASE("a connection that the server ended is not used again", "[db]") {
  const auto url = PostgresServer::shared().create_database();
  db::Pool pool(pool_options(url, 2));
  warm(pool);
  PostgresServer::sql(url,
                      "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity "
                      "WHERE application_name = 'test'");
  CHECK(db::text(pool.execute(kEcho, "alive")[0], "value") == "alive");
}

TEST_CASE("a statement whose columns a migration changed runs on a newer connection", "[db]") {
  constexpr db::Statement kAll{"all_columns", "SELECT * FROM t"};
  const auto url = database_with_table();
  PostgresServer::sql(url, "INSERT INTO t (id, n) VALUES (1, 7)");
  auto patient = pool_options(url, 4);  // more than there are tries
  patient.wait_timeout = 10s;
  db::Pool pool(patient);
  const std::function<void(int)> prepare = [&](int connections) {
    pool.transact([&](db::Transaction& transaction) {
      transaction.execute(kAll);
      if (connections > 1) prepare(connections - 1);
    });
  };
  prepare(4);
  const auto change = GENERATE("ALTER TABLE t ALTER COLUMN n TYPE bigint",
                               "ALTER TABLE t ADD COLUMN note text");
  INFO(change);
  PostgresServer::sql(url, change);

  SECTION("by itself") { CHECK(db::integer(pool.execute(kAll)[0], "n") == 7); }
  SECTION("within a transaction, which runs again") {
    const auto n = pool.transact([&](db::Transaction& transaction) {
      transaction.execute(kInsert, 2, 1);
      return db::integer(transaction.execute(kAll)[0], "n");
    });
    CHECK(n == 7);
    CHECK(rows_in(pool) == 2);
  }
  prepare(4);
}

TEST_CASE("a transaction whose connection is lost before COMMIT runs again", "[db]") {
  const auto url = database_with_table();
  db::Pool pool(pool_options(url, 2));
  int runs = 0;
  pool.transact([&](db::Transaction& transaction) {
    transaction.execute(kInsert, 1, 1);
    if (++runs == 1) {
      PostgresServer::sql(url,
                          "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
                          "WHERE state = 'idle in transaction'");
    }
    transaction.execute(kInsert, 2, 1);
  });
  CHECK(runs == 2);
  CHECK(rows_in(pool) == 2);
}
