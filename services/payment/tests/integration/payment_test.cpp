#include <string>

#include <support/await.hpp>
#include <support/catch.hpp>

#include "till.hpp"

using namespace payment::test;

TEST_CASE("a payment is authorised, captured and refunded once, and the ledger says so") {
  Till till;
  const auto order = new_order();

  const auto first = till.authorize(order, "pm_card_visa");
  INFO(first.body);
  REQUIRE(first.status == 201);
  CHECK(parse(first).at("status") == "authorized");
  CHECK(till.authorize(order, "pm_card_visa").status == 200);
  CHECK(till.authorize(order, "pm_card_visa", 99).status == 422);

  CHECK(till.act(order, "capture").status == 200);
  CHECK(till.act(order, "capture").status == 200);
  const auto id = new_order();
  const auto refunded = till.refund(order, id, 250);
  INFO(refunded.body);
  CHECK(refunded.status == 201);
  CHECK(till.refund(order, id, 250).status == 200);
  CHECK(till.refund(order, id, 251).status == 422);
  CHECK(till.refund(order, new_order(), 1001).status == 409);

  const auto path = "/api/v1/payments/" + parse(first).at("id").get<std::string>();
  const auto seen = till.get(path, "customer", till.user());
  REQUIRE(seen.status == 200);
  CHECK(parse(seen).at("status") == "partially_refunded");
  CHECK(parse(seen).at("card").at("last4").get<std::string>().size() == 4);
  CHECK(till.get(path, "customer", Uuid::v7()).status == 404);
  CHECK(till.get(path, "admin", Uuid::v7()).status == 200);

  const auto undone = till.act(order, "void");
  CHECK(undone.status == 200);
  CHECK(parse(undone).at("status") == "refunded");
  CHECK(till.sql("SELECT string_agg(type, ' ' ORDER BY id) FROM outbox") ==
        "payment.authorized payment.captured payment.refunded payment.refunded");
  CHECK(till.sql("SELECT count(DISTINCT journal_id) FROM ledger_line") == "4");
  CHECK(till.run({"ledger", "check"}).exit_code == 0);
  const auto entries =
      till.get("/api/v1/ledger/entries?limit=3&order_id=" + order, "admin", Uuid::v7());
  CHECK(parse(entries).at("data").size() == 3);
  CHECK(parse(entries).at("next_cursor").is_string());
  CHECK(till.get("/api/v1/ledger/balances", "customer", Uuid::v7()).status == 403);
  CHECK(till.get("/api/v1/ledger/balances", "admin", Uuid::v7()).status == 200);
}

TEST_CASE("a declined card stays declined") {
  Till till;
  const auto order = new_order();
  const auto answer = till.authorize(order, "pm_card_chargeDeclinedInsufficientFunds");
  INFO(answer.body);
  CHECK(answer.status == 402);
  CHECK(parse(answer).at("code") == "payment_declined");
  CHECK(parse(answer).at("decline_code") == "insufficient_funds");
  CHECK(till.authorize(order, "pm_card_visa").status == 402);
  CHECK(till.act(order, "capture").status == 409);
  CHECK(till.act(order, "void").status == 200);
}

TEST_CASE("whatever the provider does, a card is charged once") {
  Till till;
  const std::string method =
      GENERATE("pm_fault_error_then_ok", "pm_fault_timeout", "pm_fault_webhook_only");
  INFO(method);
  const auto order = new_order();
  const auto status = till.settle([&] { return till.authorize(order, method); });
  CHECK((status == 200 || status == 201));
  CHECK(till.settle([&] { return till.act(order, "capture"); }) == 200);
  INFO(till.intents_of(order));
  CHECK(till.live_intents_of(order) == 1);
}

TEST_CASE("a void lets the money go, and one that comes first leaves a tombstone") {
  Till till;
  const auto order = new_order();
  CHECK(till.authorize(order, "pm_card_visa").status == 201);
  const auto undone = till.act(order, "void");
  INFO(undone.body);
  CHECK(undone.status == 200);
  CHECK(parse(undone).at("status") == "voided");
  CHECK(till.act(order, "capture").status == 409);

  const auto early = new_order();
  const auto tombstone = till.act(early, "void");
  CHECK(tombstone.status == 200);
  const auto path = "/api/v1/payments/" + parse(tombstone).at("id").get<std::string>();
  CHECK(till.get(path, "admin", Uuid::v7()).status == 404);
  CHECK(till.authorize(early, "pm_card_visa").status == 409);
  CHECK(till.run({"ledger", "check"}).exit_code == 0);
}

TEST_CASE("a refund that is asked for before the capture waits for it") {
  Till till;
  const auto order = new_order();
  REQUIRE(till.authorize(order, "pm_card_visa").status == 201);
  const auto id = new_order();
  const auto early = till.refund(order, id, 250);
  INFO(early.body);
  CHECK(early.status == 202);
  CHECK(parse(early).at("status") == "pending");
  CHECK(till.refund(order, id, 250).status == 202);
  CHECK(till.refund(order, new_order(), 1001).status == 409);

  CHECK(till.act(order, "capture").status == 200);
  mercato::test::await([&] { return till.refund(order, id, 250).status == 200; });
  CHECK(till.refund(order, new_order(), 1001).status == 409);
  CHECK(till.sql("SELECT refunded FROM payment") == "250");
  CHECK(till.run({"ledger", "check"}).exit_code == 0);
}

TEST_CASE("a refund that waits is refused when the payment is voided") {
  Till till;
  const auto order = new_order();
  REQUIRE(till.authorize(order, "pm_card_visa").status == 201);
  const auto id = new_order();
  CHECK(till.refund(order, id, 250).status == 202);
  CHECK(till.act(order, "void").status == 200);
  CHECK(till.refund(order, id, 250).status == 409);
  CHECK(till.sql("SELECT status FROM refund") == "failed");
}

TEST_CASE("a cancel gives back what people have not given back at the provider already") {
  Till till;
  const auto order = new_order();
  REQUIRE(till.authorize(order, "pm_card_visa").status == 201);
  REQUIRE(till.act(order, "capture").status == 200);
  const auto intent = till.sql("SELECT intent_id FROM payment");
  const auto past_us = GENERATE(400, 1250);
  REQUIRE(till.ask_provider("POST", "/v1/refunds",
                            "payment_intent=" + intent + "&amount=" + std::to_string(past_us))
              .status == 200);

  CHECK(till.settle([&] { return till.act(order, "void"); }) == 200);
  CHECK(till.sql("SELECT refunded FROM payment") == "1250");
  CHECK(till.sql("SELECT sum(amount) FROM refund WHERE status = 'succeeded'") == "1250");
  const auto made = parse(till.ask_provider("GET", "/v1/refunds?payment_intent=" + intent));
  CHECK(made.at("data").size() == (past_us == 400 ? 2U : 1U));
  CHECK(till.run({"ledger", "check"}).exit_code == 0);
}

TEST_CASE("the ledger and its journals cannot be changed") {
  Till till;
  CHECK(till.authorize(new_order(), "pm_card_visa").status == 201);
  CHECK_THROWS(till.sql("UPDATE ledger_journal SET sales = 1"));
  CHECK_THROWS(till.sql("DELETE FROM ledger_journal"));
  CHECK_THROWS(till.sql("UPDATE ledger_line SET amount = 1"));
  CHECK_THROWS(till.sql("DELETE FROM ledger_line"));
  CHECK_THROWS(till.sql("INSERT INTO ledger_journal (order_id, operation, ref, currency, sales)"
                        " SELECT order_id, 'capture', ref, 'GBP', 5 FROM ledger_journal"));
}
