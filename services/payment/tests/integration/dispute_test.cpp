#include <string>

#include <support/await.hpp>
#include <support/catch.hpp>

#include "till.hpp"

using namespace payment::test;
using mercato::test::await;

namespace {

/// A captured payment whose charge the bank takes back, or `amount` of it: the dispute's path at
/// the provider.
std::string disputed(Till& till, const std::string& amount = "1250") {
  const auto order = new_order();
  REQUIRE(till.authorize(order, "pm_card_visa").status == 201);
  REQUIRE(till.act(order, "capture").status == 200);
  const auto opened =
      till.ask_provider("POST", "/v1/test_helpers/disputes",
                        "payment_intent=" + till.sql("SELECT intent_id FROM payment") +
                            "&amount=" + amount);
  REQUIRE(opened.status == 200);
  CHECK(await([&] { return till.sql("SELECT money FROM dispute") == "withdrawn"; }));
  return "/disputes/" + parse(opened).at("id").get<std::string>();
}

/// A captured payment of which the bank takes `amount` back, for good if `decided`, while nobody
/// knows the payment, as between a restore and its repair: the dispute's path at the provider.
std::string disputed_unheard(Till& till, const std::string& order, const std::string& amount,
                             bool decided) {
  REQUIRE(till.authorize(order, "pm_card_visa").status == 201);
  REQUIRE(till.act(order, "capture").status == 200);
  const auto intent = till.sql("SELECT intent_id FROM payment");
  till.sql("UPDATE payment SET intent_id = NULL");
  const auto opened = till.ask_provider("POST", "/v1/test_helpers/disputes",
                                        "payment_intent=" + intent + "&amount=" + amount);
  REQUIRE(opened.status == 200);
  const auto path = "/disputes/" + parse(opened).at("id").get<std::string>();
  if (decided) CHECK(till.ask_provider("POST", "/v1" + path + "/close").status == 200);
  REQUIRE(await([&] {
    return till.sql("SELECT count(*) FROM provider_event WHERE type LIKE 'charge.dispute.%'") ==
           (decided ? "3" : "2");
  }));
  till.sql("UPDATE payment SET intent_id = '" + intent + "'");
  CHECK(till.sql("SELECT count(*) FROM dispute") == "0");
  return path;
}

std::string balance(Till& till, const std::string& account) {
  return till.sql("SELECT coalesce(sum(amount), 0) FROM ledger_line WHERE account = '" + account +
                  "'");
}

}  // namespace

TEST_CASE("a dispute takes the money until it is won") {
  Till till;
  const auto path = disputed(till);
  CHECK(balance(till, "provider_receivable") == "0");
  CHECK(balance(till, "disputed") == "1250");

  CHECK(till.ask_provider("POST", "/v1/test_helpers" + path + "/win").status == 200);
  CHECK(await([&] { return till.sql("SELECT money FROM dispute") == "reinstated"; }));
  CHECK(balance(till, "provider_receivable") == "1250");
  CHECK(balance(till, "disputed") == "0");
  CHECK(till.run({"ledger", "check"}).exit_code == 0);
}

TEST_CASE("what the bank has taken back is not given back as well") {
  Till till;
  const auto path = disputed(till);
  const auto order = till.sql("SELECT order_id FROM payment");
  CHECK(till.refund(order, new_order(), 1).status == 409);
  CHECK(till.act(order, "void").status == 202);  // until the bank has decided
  CHECK(till.sql("SELECT count(*) FROM refund") == "0");

  SECTION("lost: the customer has it") {
    CHECK(till.ask_provider("POST", "/v1" + path + "/close").status == 200);
    CHECK(await([&] { return till.act(order, "void").status == 200; }));
    CHECK(till.sql("SELECT count(*) FROM refund") == "0");
    CHECK(balance(till, "dispute_losses") == "1250");
  }
  SECTION("won: now it is ours to give back") {
    CHECK(till.ask_provider("POST", "/v1/test_helpers" + path + "/win").status == 200);
    CHECK(await([&] { return till.sql("SELECT refunded FROM payment") == "1250"; }));
    CHECK(till.act(order, "void").status == 200);
    CHECK(balance(till, "disputed") == "0");
  }
  CHECK(balance(till, "provider_receivable") == "0");
}

TEST_CASE("what a bank leaves of a cancelled payment is given back when it has decided") {
  Till till;
  const auto path = disputed(till, "250");
  const auto order = till.sql("SELECT order_id FROM payment");
  const bool cancelled_before = GENERATE(true, false);
  if (cancelled_before) CHECK(till.act(order, "void").status == 202);
  CHECK(till.sql("SELECT count(*) FROM refund") == "0");  // it would be refused

  SECTION("lost") {
    CHECK(till.ask_provider("POST", "/v1" + path + "/close").status == 200);
    CHECK(await([&] { return till.sql("SELECT charged_back FROM payment") == "250"; }));
    CHECK(await([&] { return till.act(order, "void").status == 200; }));
    CHECK(till.sql("SELECT refunded FROM payment") == "1000");
  }
  SECTION("won") {
    CHECK(till.ask_provider("POST", "/v1/test_helpers" + path + "/win").status == 200);
    CHECK(await([&] { return till.sql("SELECT disputed FROM payment") == "0"; }));
    CHECK(await([&] { return till.act(order, "void").status == 200; }));
    CHECK(till.sql("SELECT refunded FROM payment") == "1250");
  }
  CHECK(balance(till, "provider_receivable") == "0");
  CHECK(till.run({"ledger", "check"}).exit_code == 0);
}

TEST_CASE("a refund that was begun before its money's dispute was known ends") {
  Till till;
  const auto path = disputed(till);
  const auto order = till.sql("SELECT order_id FROM payment");
  CHECK(till.act(order, "void").status == 202);
  // As a cancel leaves it that came when the bank had acted, and its event was still on the way.
  till.sql("WITH counted AS (UPDATE payment SET refund_pending = captured RETURNING id)"
           " INSERT INTO refund (id, payment_id, amount, reason, status)"
           " SELECT gen_random_uuid(), id, 1250, 'voided', 'pending' FROM counted");
  CHECK(await([&] { return till.sql("SELECT status FROM refund") == "failed"; }));
  CHECK(till.sql("SELECT refund_pending FROM payment") == "0");

  SECTION("lost: the customer has it") {
    CHECK(till.ask_provider("POST", "/v1" + path + "/close").status == 200);
    CHECK(await([&] { return till.act(order, "void").status == 200; }));
    CHECK(till.sql("SELECT refunded FROM payment") == "0");
  }
  SECTION("won: it is given back") {
    CHECK(till.ask_provider("POST", "/v1/test_helpers" + path + "/win").status == 200);
    CHECK(await([&] { return till.sql("SELECT refunded FROM payment") == "1250"; }));
  }
  CHECK(till.run({"ledger", "check"}).exit_code == 0);
}

TEST_CASE("a cancel ends though the events of its dispute came before the payment was known") {
  Till till;
  const auto order = new_order();
  const std::string amount = GENERATE("1250", "250");
  const bool decided = GENERATE(true, false);
  INFO(amount << ", " << decided);
  const auto path = disputed_unheard(till, order, amount, decided);

  CHECK(till.act(order, "void").status == 202);
  if (!decided) {
    CHECK(await([&] { return till.sql("SELECT disputed FROM payment") == amount; }));
    CHECK(await([&] { return till.sql("SELECT refund_pending FROM payment") == "0"; }));
    CHECK(till.act(order, "void").status == 202);
    CHECK(till.ask_provider("POST", "/v1" + path + "/close").status == 200);
  }
  CHECK(await([&] { return till.act(order, "void").status == 200; }));
  CHECK(till.sql("SELECT charged_back FROM payment") == amount);
  CHECK(till.sql("SELECT refunded + charged_back FROM payment") == "1250");
  CHECK(balance(till, "dispute_losses") == amount);
  CHECK(balance(till, "provider_receivable") == "0");
  CHECK(till.sql("SELECT count(*) FROM ledger_journal WHERE operation LIKE 'dispute%'") == "2");
  CHECK(till.run({"ledger", "check"}).exit_code == 0);
}

TEST_CASE("a cancel ends though nobody heard how an inquiry of the bank went on") {
  Till till;
  const auto order = new_order();
  const auto path = disputed_unheard(till, order, "1250", true);
  till.sql("INSERT INTO dispute (id, provider_id, payment_id, status, seen)"
           " SELECT gen_random_uuid(), '" + path.substr(path.rfind('/') + 1) +
           "', id, 'warning_needs_response', 1 FROM payment");
  CHECK(await([&] { return till.act(order, "void").status == 200; }));
  CHECK(till.sql("SELECT status || ', ' || money FROM dispute") == "lost, lost");
  CHECK(till.sql("SELECT charged_back FROM payment") == "1250");
  CHECK(till.run({"ledger", "check"}).exit_code == 0);
}

TEST_CASE("a dispute that is lost is a loss, told of and counted") {
  Till till;
  const auto path = disputed(till);
  CHECK(till.ask_provider("POST", "/v1" + path, "submit=true").status == 200);
  CHECK(till.ask_provider("POST", "/v1" + path + "/close").status == 200);
  CHECK(await([&] { return till.sql("SELECT money FROM dispute") == "lost"; }));
  CHECK(balance(till, "dispute_losses") == "1250");
  CHECK(balance(till, "disputed") == "0");
  CHECK(till.sql("SELECT data->>'money' FROM outbox WHERE type = 'payment.disputed'"
                 " ORDER BY version DESC LIMIT 1") == "lost");
  CHECK(till.sql("SELECT count(DISTINCT version) = count(*) FROM outbox") == "t");
  CHECK(till.service().log().find("a payment is disputed") != std::string::npos);
  CHECK(till.run({"ledger", "check"}).exit_code == 0);
}
