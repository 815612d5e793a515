#include <support/catch.hpp>

#include <thread>
#include <vector>

#include "mercato/db/migrator.hpp"
#include "support/postgres_server.hpp"

using namespace mercato;
using test::PostgresServer;

namespace {

const std::vector<db::Migration> kFirst = {{1, "0001_create_a.sql", "CREATE TABLE a (n int);"}};
const std::vector<db::Migration> kBoth = {
    kFirst.front(), {2, "0002_create_b.sql", "CREATE TABLE b (n int); INSERT INTO b VALUES (1);"}};

}  // namespace

TEST_CASE("migrations are applied once, in order", "[db]") {
  const auto url = PostgresServer::shared().create_database();
  CHECK(db::migrate(url, kFirst) == 1);
  CHECK(db::migrate(url, kBoth) == 1);
  CHECK(db::migrate(url, kBoth) == 0);
  CHECK(PostgresServer::sql(url, "SELECT count(*) FROM b") == "1");
}

TEST_CASE("a migration waits for a server that is about to come", "[db]") {
  PostgresServer server;
  const auto url = server.create_database();
  server.kill();
  int applied = 0;
  std::thread migrating([&] { applied = db::migrate(url, kFirst); });
  server.restart();
  migrating.join();
  CHECK(applied == 1);
}

TEST_CASE("a migration that fails leaves nothing of itself", "[db]") {
  const auto url = PostgresServer::shared().create_database();
  CHECK_THROWS(
      db::migrate(url, {{1, "0001_half.sql", "CREATE TABLE a (n int); SELECT nonsense;"}}));
  CHECK(db::migrate(url, kFirst) == 1);
}

TEST_CASE("a migration changed after it was applied is refused", "[db]") {
  const auto url = PostgresServer::shared().create_database();
  db::migrate(url, kFirst);
  const std::vector<db::Migration> changed = {{1, "0001_create_a.sql", "CREATE TABLE a (m int);"}};
  CHECK_THROWS_WITH(db::migrate(url, changed), ContainsSubstring("changed after"));
  CHECK_THROWS_WITH(db::require_schema(url, changed), ContainsSubstring("changed after"));
}

TEST_CASE("two migrators at once do not trip over each other", "[db]") {
  const auto url = PostgresServer::shared().create_database();
  int first = 0;
  int second = 0;
  std::thread other([&] { first = db::migrate(url, kBoth); });
  second = db::migrate(url, kBoth);
  other.join();
  CHECK(first + second == 2);
}

TEST_CASE("a schema may be newer than a release needs, but not older", "[db]") {
  const auto url = PostgresServer::shared().create_database();
  CHECK_THROWS_WITH(db::require_schema(url, kFirst), ContainsSubstring("migrate"));
  db::migrate(url, kBoth);
  CHECK_NOTHROW(db::require_schema(url, kFirst));
  CHECK_NOTHROW(db::require_schema(url, kBoth));
}
