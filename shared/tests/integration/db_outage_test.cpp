#include <support/catch.hpp>

#include <signal.h>

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "mercato/db/listener.hpp"
#include "mercato/db/pool.hpp"
#include "support/await.hpp"
#include "support/postgres_server.hpp"

using namespace mercato;
using namespace std::chrono_literals;
using test::PostgresServer;
using Steady = std::chrono::steady_clock;

namespace {

constexpr db::Statement kOne{"one", "SELECT 1"};
constexpr db::Statement kLockRow{"lock_row", "UPDATE t SET n = n + 1"};

db::PoolOptions outage_options(const std::string& url) {
  db::PoolOptions options;
  options.url = url;
  options.application_name = "test";
  return options;
}

/// Whoever is not told of an outage waits for a minute, which no machine is too busy to tell from
/// the second or less that the news takes.
db::PoolOptions patient_options(const std::string& url) {
  auto options = outage_options(url);
  options.wait_timeout = options.statement_timeout = 1min;
  return options;
}
constexpr auto kFarFromPatience = 15s;
/// Requests that would wait for nothing: at half a second each, as the first may, they would take
/// far longer than all of them may.
constexpr int kRefusedAtOnce = 100;

bool works(db::Pool& pool) {
  try {
    pool.execute(kOne);
    return true;
  } catch (const Error& error) {
    CHECK(error.code() == "unavailable");
    CHECK(error.retry_after().has_value());
    return false;
  }
}

/// Whether it does all that time, and never says otherwise.
bool works_for(std::chrono::milliseconds duration, db::Pool& pool) {
  bool always = true;
  for (const auto end = Steady::now() + duration; Steady::now() < end;) {
    always = works(pool) && pool.healthy() && always;
  }
  return always;
}
/// A server that answers nobody for half a second is taken for frozen, and rightly, also where that
/// is as the machine is busy: what is mistaken for an outage without fail is so at each try.
constexpr auto kSomeTries = 30s;

/// The process at the server that answers the pool's watch; "" if there is none.
std::string watching(const std::string& url) {
  return PostgresServer::sql(
      url, "SELECT pid FROM pg_stat_activity WHERE application_name = 'test-watch' "
           "ORDER BY backend_start DESC");
}

/// Whether so many are refused one after the other, without any that waits for something.
bool are_refused_at_once(db::Pool& pool) {
  const auto begin = Steady::now();
  for (int i = 0; i < kRefusedAtOnce; ++i) {
    if (works(pool) || Steady::now() - begin > kFarFromPatience) return false;
  }
  return true;
}

template <class F>
Steady::duration time_of(const F& work) {
  const auto begin = Steady::now();
  work();
  return Steady::now() - begin;
}

}  // namespace

TEST_CASE("a pool whose server is killed says so at once and comes back by itself", "[db]") {
  PostgresServer server;
  db::Pool pool(patient_options(server.create_database()));
  REQUIRE(works(pool));
  CHECK(test::await([&] { return pool.healthy(); }));
  server.kill();
  CHECK(test::await([&] { return !pool.healthy(); }));
  CHECK(are_refused_at_once(pool));
  server.restart();
  CHECK(test::await([&] { return pool.healthy(); }));
  CHECK(test::await([&] { return works(pool); }));
}

TEST_CASE("a pool that has no connection and gets none is not healthy", "[db]") {
  PostgresServer server;
  const auto elsewhere = server.create_database();
  const auto url = server.create_database();
  db::Pool pool(outage_options(url));
  REQUIRE(works(pool));
  const auto allow_connections = [&](const std::string& allowed) {
    PostgresServer::sql(elsewhere, "UPDATE pg_database SET datallowconn = " + allowed +
                                       " WHERE '" + url + "' LIKE '%/' || datname");
  };
  allow_connections("false");
  // Its own are ended; that of its watch, which answers as before, is not.
  PostgresServer::sql(elsewhere,
                      "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity "
                      "WHERE application_name = 'test'");
  CHECK_FALSE(works(pool));
  CHECK(test::await([&] { return !pool.healthy(); }));
  allow_connections("true");
  CHECK(test::await([&] { return pool.healthy() && works(pool); }));
}

TEST_CASE("a frozen server costs one request a moment, and the next ones nothing", "[db]") {
  PostgresServer server;
  db::Pool pool(patient_options(server.create_database()));
  REQUIRE(works(pool));
  server.freeze();
  CHECK(time_of([&] { CHECK_FALSE(works(pool)); }) < kFarFromPatience);
  CHECK_FALSE(pool.healthy());
  CHECK(are_refused_at_once(pool));
  server.thaw();
  CHECK(test::await([&] { return pool.healthy() && works(pool); }));
}

TEST_CASE("a server that answers others is not taken for frozen", "[db]") {
  PostgresServer server;
  const auto url = server.create_database();
  db::Pool pool(outage_options(url));
  const auto undisturbed = [&] {
    if (!test::await([&] { return works(pool) && pool.healthy() && !watching(url).empty(); })) {
      return false;
    }
    // The watch has a connection of its own, opened beside the pool's.
    const auto watch = std::stoi(watching(url));
    ::kill(watch, SIGSTOP);
    // Long enough for a heartbeat that finds no answer, and for a new connection.
    const bool always = works_for(4s, pool);
    ::kill(watch, SIGCONT);
    return always;
  };
  CHECK(test::await(undisturbed, kSomeTries));
}

TEST_CASE("a server that is full is not taken for gone, until it is", "[db]") {
  PostgresServer server;
  const auto url = server.create_database();
  PostgresServer::sql(url, "CREATE ROLE many LOGIN");
  db::Pool pool(outage_options("postgresql://many@" + url.substr(url.find('@') + 1)));
  const auto undisturbed = [&] {
    PostgresServer::sql(url, "ALTER ROLE many CONNECTION LIMIT -1");
    if (!test::await([&] { return works(pool) && pool.healthy() && !watching(url).empty(); })) {
      return false;
    }
    PostgresServer::sql(url, "ALTER ROLE many CONNECTION LIMIT 1");
    PostgresServer::sql(url, "SELECT pg_terminate_backend(" + watching(url) + ", 5000)");
    // Long enough for several new connections.
    return works_for(1s, pool) && watching(url).empty();
  };
  CHECK(test::await(undisturbed, kSomeTries));
  server.kill();
  CHECK(test::await([&] { return !pool.healthy(); }));
}

TEST_CASE("many requests that meet a frozen server all end in a moment", "[db]") {
  PostgresServer server;
  db::Pool pool(patient_options(server.create_database()));
  REQUIRE(works(pool));
  server.freeze();
  std::vector<std::thread> threads;
  std::atomic<int> slow{0};
  for (int i = 0; i < 32; ++i) {
    threads.emplace_back([&] {
      if (time_of([&] {
            try {
              pool.execute(kOne);
            } catch (const Error&) {
            }
          }) > kFarFromPatience) {
        ++slow;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(slow == 0);
  server.thaw();
}

TEST_CASE("a server that freezes during COMMIT leaves the outcome in doubt", "[db]") {
  PostgresServer server;
  const auto url = server.create_database();
  PostgresServer::sql(url, "CREATE TABLE t (n int)");
  db::Pool pool(outage_options(url));
  REQUIRE(works(pool));
  CHECK_THROWS_AS(pool.transact([&](db::Transaction& transaction) {
    transaction.execute(kOne);
    server.freeze();
  }),
                  db::InDoubt);
  server.thaw();
}

TEST_CASE("a slow statement is no outage", "[db]") {
  constexpr db::Statement kSleep{"sleep", "SELECT pg_sleep(1.2)"};
  db::Pool pool(outage_options(PostgresServer::shared().create_database()));
  pool.execute(kSleep);
  CHECK(pool.healthy());
}

TEST_CASE("a lock that is not released in time is an outage of one request", "[db]") {
  const auto url = PostgresServer::shared().create_database();
  PostgresServer::sql(url, "CREATE TABLE t (n int)");
  PostgresServer::sql(url, "INSERT INTO t VALUES (1)");
  auto impatient = outage_options(url);
  impatient.lock_timeout = 50ms;
  db::Pool pool(impatient);
  pool.transact([&](db::Transaction& transaction) {
    transaction.execute(kLockRow);
    std::thread other([&] { CHECK_THROWS_AS(pool.execute(kLockRow), Error); });
    other.join();
  });
  pool.execute(kLockRow);
}

TEST_CASE("a pool that starts before its database finds it later", "[db]") {
  PostgresServer server;
  const auto url = server.create_database();
  server.kill();
  db::Pool pool(outage_options(url));
  CHECK_FALSE(works(pool));
  server.restart();
  CHECK(test::await([&] { return works(pool); }));
}

TEST_CASE("a listener wakes for each notification and after a reconnect", "[db]") {
  PostgresServer server;
  const auto url = server.create_database();
  std::atomic<int> woken{0};
  db::Listener listener(url, "news", [&] { ++woken; });
  REQUIRE(test::await([&] { return woken == 1; }));
  PostgresServer::sql(url, "NOTIFY news");
  CHECK(test::await([&] { return woken == 2; }));
  server.restart();
  CHECK(test::await([&] { return woken == 3; }));
}
