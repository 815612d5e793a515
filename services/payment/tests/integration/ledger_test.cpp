#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>

#include <mercato/db/pool.hpp>
#include <support/catch.hpp>

#include "storage/figures.hpp"
#include "storage/pg_ledger.hpp"
#include "till.hpp"

using namespace payment::test;
namespace db = mercato::db;

namespace {

db::PoolOptions pool_options(const Till& till) {
  db::PoolOptions options;
  options.url = till.database_url();
  options.application_name = "test";
  options.wait_timeout = std::chrono::seconds(10);
  return options;
}

/// What the figure of that name says.
std::int64_t imbalance(const Till& till) {
  db::Pool pool(pool_options(till));
  for (const auto& figure : payment::storage::figures()) {
    if (std::string(figure.name) != "payment_ledger_imbalance") continue;
    return db::integer(pool.execute(figure.query)[0], "value");
  }
  throw std::logic_error("there is no such figure");
}

/// An order that is paid: two journals.
void trade(Till& till) {
  const auto order = new_order();
  REQUIRE(till.authorize(order, "pm_card_visa").status == 201);
  REQUIRE(till.act(order, "capture").status == 200);
}

/// Counts everything up to now, so many journals at once: how often there were some.
int advance(Till& till, int most) {
  const auto step = "SELECT advance_ledger_checkpoint('-1 second', " + std::to_string(most) + ")";
  int steps = 0;
  while (till.sql(step) != "0") ++steps;
  return steps;
}

/// Lets journals be written that the table itself would refuse.
void tamper(Till& till, const std::string& statement) {
  (void)till.sql("ALTER TABLE ledger_journal DROP CONSTRAINT IF EXISTS journal_sums_to_zero;"
                 "ALTER TABLE ledger_journal DISABLE TRIGGER ledger_journal_is_append_only;" +
                 statement);
}

}  // namespace

TEST_CASE("balances are the same wherever the checkpoint stands") {
  Till till;
  const auto balances = [&till] {
    return parse(till.get("/api/v1/ledger/balances", "admin", Uuid::v7())).at("data");
  };
  const auto by_hand = [&till](const std::string& account) {
    return std::stoll(till.sql("SELECT sum(" + account + ") FROM ledger_journal"));
  };
  const auto balance_of = [&balances](const std::string& account) {
    for (const auto& each : balances()) {
      if (each.at("account") == account) return each.at("balance").get<std::int64_t>();
    }
    return std::int64_t{-1};
  };
  trade(till);
  const auto before = balances();
  CHECK(till.sql("SELECT advance_ledger_checkpoint('1 hour', 100)") == "0");
  CHECK(till.sql("SELECT count(*) FROM ledger_checkpoint") == "0");
  CHECK(advance(till, 1) == 2);
  CHECK(till.sql("SELECT count(*) FROM ledger_checkpoint") == "1");
  CHECK(balances() == before);
  CHECK(advance(till, 1) == 0);
  CHECK(balances() == before);
  trade(till);
  CHECK(balance_of("sales") == by_hand("sales"));
  CHECK(advance(till, 100) == 1);
  trade(till);
  for (const std::string account : {"sales", "provider_receivable", "provider_holds"}) {
    CHECK(balance_of(account) == by_hand(account));
  }
  CHECK(till.run({"ledger", "check"}).exit_code == 0);
  (void)till.sql("UPDATE ledger_checkpoint SET sales = sales - 1, "
                 "provider_receivable = provider_receivable + 1");
  CHECK(till.run({"ledger", "check"}).exit_code == 1);
}

TEST_CASE("a balance may have more digits than a number of 64 bits") {
  Till till;
  (void)till.sql(R"(
    INSERT INTO ledger_journal (id, order_id, operation, ref, currency, provider_receivable, sales)
    SELECT make_journal_id(), gen_random_uuid(), 'capture', gen_random_uuid(), 'IDR',
           9007199254740991, -9007199254740991
      FROM generate_series(1, 1025))");
  const auto answer = till.get("/api/v1/ledger/balances", "admin", Uuid::v7());
  CHECK(answer.status == 200);
  for (const std::string expected :
       {R"({"account":"provider_receivable","currency":"IDR","balance":9232379236109515775})",
        R"({"account":"sales","currency":"IDR","balance":-9232379236109515775})"}) {
    CHECK(answer.body.find(expected) != std::string::npos);
  }
}

TEST_CASE("an old ledger gets its checkpoint step by step") {
  Till till;
  (void)till.sql(R"(
    INSERT INTO ledger_journal (id, order_id, operation, ref, currency, provider_receivable, sales)
    SELECT ('01890a5d-0000-7000-8000-' || lpad(to_hex(i), 11, '0') || '0')::uuid,
           gen_random_uuid(), 'capture', gen_random_uuid(), 'GBP', 1, -1
      FROM generate_series(1, 45000) AS i)");
  db::Pool pool(pool_options(till));
  payment::storage::PgLedger ledger(pool);
  int steps = 1;
  while (ledger.advance_checkpoint()) ++steps;
  CHECK(steps == 3);
  CHECK(till.sql("SELECT provider_receivable FROM ledger_checkpoint") == "45000");
}

TEST_CASE("a journal that does not sum to zero shows, and no checkpoint passes it") {
  Till till;
  trade(till);
  (void)advance(till, 100);
  CHECK(imbalance(till) == 0);
  tamper(till, R"(
    INSERT INTO ledger_journal (id, order_id, operation, ref, currency, sales)
    VALUES (make_journal_id(), gen_random_uuid(), 'capture', gen_random_uuid(), 'GBP', 5))");
  trade(till);
  CHECK(imbalance(till) == 5);
  CHECK_THROWS(advance(till, 100));
  CHECK(imbalance(till) == 5);
  CHECK(till.run({"ledger", "check"}).exit_code == 1);
}

TEST_CASE("a journal that was changed after it was counted is found by the check of all") {
  Till till;
  trade(till);
  (void)advance(till, 100);
  tamper(till, "UPDATE ledger_journal SET sales = sales + 5 WHERE operation = 'capture'");
  CHECK(imbalance(till) == 0);
  const auto checked = till.run({"ledger", "check"});
  CHECK(checked.exit_code == 1);
  CHECK(checked.output.find("does not sum to zero in GBP") != std::string::npos);
}
