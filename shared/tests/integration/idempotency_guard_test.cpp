#include <support/catch.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <latch>
#include <optional>
#include <thread>
#include <vector>

#include "mercato/idempotency/idempotency.hpp"
#include "support/postgres_server.hpp"

using namespace mercato;
using namespace std::chrono_literals;
using test::PostgresServer;

namespace {

constexpr db::Statement kInsertEffect{"insert_effect", "INSERT INTO effect DEFAULT VALUES"};
constexpr db::Statement kCountEffects{"count_effects", "SELECT count(*) AS n FROM effect"};

/// A database with the guard's table and one for effects to count.
class GuardFixture {
 public:
  GuardFixture() : url(PostgresServer::shared().create_database()) {
    PostgresServer::sql(url, R"sql(
      CREATE TABLE idempotency_key (
        subject uuid NOT NULL, key text NOT NULL, fingerprint text NOT NULL,
        status int, content_type text, location text, etag text, body bytea,
        created_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (subject, key));
      CREATE TABLE effect (id bigint GENERATED ALWAYS AS IDENTITY))sql");
    db::PoolOptions options;
    options.url = url;
    options.application_name = "test";
    pool.emplace(options);
    request.method = http::Method::post;
    request.path = "/api/v1/things";
    request.body = "{}";
    request.caller.subject = Uuid::v7();
  }

  http::Response run(const http::Request& asked, const http::Response& answer) {
    return idempotency::Guard(*pool).run(asked, "key", [&](db::Transaction& transaction) {
      transaction.execute(kInsertEffect);
      return answer;
    });
  }

  http::Response fail(const http::Request& asked, const Error& error) {
    return idempotency::Guard(*pool).run(asked, "key",
                                         [&](db::Transaction& transaction) -> http::Response {
                                           transaction.execute(kInsertEffect);
                                           throw error;
                                         });
  }

  std::int64_t effects() { return db::integer(pool->execute(kCountEffects)[0], "n"); }

  std::string url;
  std::optional<db::Pool> pool;
  http::Request request;
};

http::Response created() {
  http::Response response;
  response.status = 201;
  response.body = std::string("{\"id\":\"\0\xff\"}", 11);  // bytes, whatever they are
  response.headers.set("Location", "/api/v1/things/1");
  response.headers.set("ETag", "\"1\"");
  return response;
}

std::string code_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    return error.code();
  }
  return "";
}

}  // namespace

TEST_CASE_METHOD(GuardFixture, "the same request again gets the same bytes and has no effect",
                 "[idempotency]") {
  const auto first = run(request, created());
  CHECK_FALSE(first.headers.get("Idempotent-Replayed"));
  http::Response other;
  other.body = "something else";
  const auto second = run(request, other);
  CHECK(second.status == 201);
  CHECK(second.body == created().body);
  CHECK(second.content_type == created().content_type);
  CHECK(second.headers.get("Location") == "/api/v1/things/1");
  CHECK(second.headers.get("ETag") == "\"1\"");
  CHECK(second.headers.get("Idempotent-Replayed") == "true");
  CHECK(effects() == 1);
}

TEST_CASE_METHOD(GuardFixture, "another request with a used key is refused", "[idempotency]") {
  run(request, created());
  auto other = request;
  other.body = "{\"a\":1}";
  CHECK(code_of([&] { run(other, created()); }) == "idempotency_key_reused");
  other = request;
  other.caller.subject = Uuid::v7();  // somebody else's keys are their own
  CHECK(run(other, created()).status == 201);
  CHECK(effects() == 2);
}

TEST_CASE_METHOD(GuardFixture, "an answer that is not stored leaves no effect and frees the key",
                 "[idempotency]") {
  http::Response missing;
  missing.status = 404;
  CHECK(run(request, missing).status == 404);
  CHECK(code_of([&] { fail(request, not_found()); }) == "not_found");
  CHECK(effects() == 0);
  CHECK(run(request, created()).status == 201);
  CHECK(effects() == 1);
}

TEST_CASE_METHOD(GuardFixture, "a refusal of the business is stored without its effects",
                 "[idempotency]") {
  const auto first = fail(request, Error(ErrorKind::conflict, "insufficient_stock"));
  CHECK(first.status == 409);
  CHECK_THAT(first.body, ContainsSubstring("insufficient_stock"));
  const auto second = run(request, created());
  CHECK(second.status == 409);
  CHECK(second.body == first.body);
  CHECK(effects() == 0);
}

TEST_CASE_METHOD(GuardFixture, "a request whose first is still running is told so at once",
                 "[idempotency]") {
  std::latch inside(1);
  std::latch asked(1);
  std::thread first([&] {
    static_cast<void>(idempotency::Guard(*pool).run(request, "key", [&](db::Transaction& t) {
      t.execute(kInsertEffect);
      inside.count_down();
      asked.wait();
      return created();
    }));
  });
  inside.wait();
  CHECK(code_of([&] { run(request, created()); }) == "request_in_progress");
  asked.count_down();
  first.join();
  CHECK(run(request, created()).headers.get("Idempotent-Replayed") == "true");
}

TEST_CASE_METHOD(GuardFixture, "of many at once with one key only one has an effect",
                 "[idempotency]") {
  std::vector<std::thread> threads;
  std::atomic<int> answered{0};
  std::atomic<int> turned_away{0};
  for (int i = 0; i < 20; ++i) {
    threads.emplace_back([&] {
      const auto code = code_of([&] { answered += run(request, created()).status == 201 ? 1 : 0; });
      turned_away += code == "request_in_progress" ? 1 : 0;
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(effects() == 1);
  CHECK(answered + turned_away == 20);
}

TEST_CASE_METHOD(GuardFixture, "without a key the work simply runs in a transaction",
                 "[idempotency]") {
  const auto work = [&](db::Transaction& transaction) {
    transaction.execute(kInsertEffect);
    return created();
  };
  CHECK(idempotency::Guard(*pool).run(request, std::nullopt, work).status == 201);
  CHECK(idempotency::Guard(*pool).run(request, std::nullopt, work).status == 201);
  CHECK(effects() == 2);
}

TEST_CASE_METHOD(GuardFixture, "old answers are pruned, young ones are not", "[idempotency]") {
  run(request, created());
  CHECK(idempotency::prune(*pool, 24h) == 0);
  PostgresServer::sql(url, "UPDATE idempotency_key SET created_at = now() - interval '25 hours'");
  CHECK(idempotency::prune(*pool, 24h) == 1);
  CHECK(run(request, created()).headers.count("Idempotent-Replayed") == 0);
}
