#include <chrono>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <mercato/clock/clock.hpp>
#include <support/catch.hpp>

#include "till.hpp"

using namespace payment::test;

TEST_CASE("a payment is its owner's and the admins', and another's is absent") {
  Till till;
  const auto order = new_order();
  const auto made = till.authorize(order, "pm_card_mastercard");
  REQUIRE(made.status == 201);
  const auto path = "/api/v1/payments/" + parse(made).at("id").get<std::string>();
  const auto by_order = "/api/v1/payments?order_id=" + order;

  const auto own = till.get(path, "customer", till.user());
  REQUIRE(own.status == 200);
  const auto payment = parse(own);
  CHECK(payment.at("order_id") == order);
  CHECK(payment.at("amount") == Json({{"amount", 1250}, {"currency", "GBP"}}));
  CHECK(payment.at("captured").at("amount") == 0);
  CHECK(payment.at("card") == Json({{"brand", "mastercard"}, {"last4", "4444"}}));
  CHECK(payment.at("attempts").size() == 1);
  CHECK(payment.at("attempts").at(0).at("operation") == "authorize");
  CHECK(payment.at("attempts").at(0).at("outcome") == "ok");
  CHECK(parse(till.get(by_order, "customer", till.user())).at("data").at(0) == payment);

  const auto stranger = Uuid::v7();
  const auto hidden = till.get(path, "customer", stranger);
  CHECK(hidden.status == 404);
  CHECK(parse(hidden).at("code") == "not_found");
  CHECK(till.get("/api/v1/payments/" + new_order(), "customer", stranger).status == 404);
  CHECK(till.get("/api/v1/payments/not-an-id", "customer", stranger).status == 404);
  CHECK(parse(till.get(by_order, "customer", stranger)).at("data").empty());
  CHECK(till.get(path, "admin", stranger).status == 200);
  CHECK(parse(till.get(by_order, "admin", stranger)).at("data").size() == 1);
}

TEST_CASE("what a query says wrong is told") {
  Till till;
  const auto who = Uuid::v7();
  for (const auto* path : {"/api/v1/payments", "/api/v1/payments?order_id=7",
                           "/api/v1/payments?order_id=01890a5d-ac96-774b-bcce-b302099a8057&limit=0",
                           "/api/v1/ledger/entries?limit=0", "/api/v1/ledger/entries?limit=x",
                           "/api/v1/ledger/entries?order_id=x"}) {
    INFO(path);
    const auto answer = till.get(path, "admin", who);
    CHECK(answer.status == 400);
    CHECK(parse(answer).at("code") == "invalid_query");
    CHECK_FALSE(parse(answer).at("errors").empty());
  }
  const auto answer = till.get("/api/v1/ledger/entries?cursor=AAAA", "admin", who);
  CHECK(answer.status == 400);
  CHECK(parse(answer).at("code") == "invalid_cursor");
}

TEST_CASE("the ledger is walked by cursor, each entry once, and every journal sums to zero") {
  Till till;
  std::string order;
  for (int i = 0; i < 3; ++i) {
    order = new_order();
    REQUIRE(till.authorize(order, "pm_card_visa").status == 201);
    REQUIRE(till.act(order, "capture").status == 200);
  }
  std::map<std::string, std::int64_t> sums;
  std::set<std::string> ids;
  std::string last = "ffffffff";
  std::string cursor;
  int pages = 0;
  do {
    const auto page = parse(till.get("/api/v1/ledger/entries?limit=4" + cursor, "admin",
                                     Uuid::v7()));
    for (const auto& entry : page.at("data")) {
      const auto id = entry.at("id").get<std::string>();
      CHECK(ids.insert(id).second);
      CHECK(id < last);
      last = id;
      sums[entry.at("journal_id").get<std::string>()] +=
          entry.at("amount").at("amount").get<std::int64_t>();
    }
    const auto& next = page.at("next_cursor");
    cursor = next.is_null() ? "" : "&cursor=" + next.get<std::string>();
  } while (!cursor.empty() && ++pages < 20);
  CHECK(ids.size() == 18);
  CHECK(sums.size() == 6);
  for (const auto& [journal, sum] : sums) CHECK(sum == 0);

  const auto of_order =
      parse(till.get("/api/v1/ledger/entries?order_id=" + order, "admin", Uuid::v7()));
  CHECK(of_order.at("data").size() == 6);
  const auto balances = parse(till.get("/api/v1/ledger/balances", "admin", Uuid::v7()));
  std::int64_t sum = 0;
  for (const auto& each : balances.at("data")) sum += each.at("balance").get<std::int64_t>();
  CHECK(sum == 0);
}

TEST_CASE("only admins read the ledger, and only services ask for payments") {
  Till till;
  const auto who = Uuid::v7();
  for (const auto* path : {"/api/v1/ledger/balances", "/api/v1/ledger/entries"}) {
    CHECK(till.get(path, "customer", who).status == 403);
    CHECK(till.get(path, "admin", who).status == 200);
    CHECK(till.service().call({.target = path}).status == 401);
  }
  const auto order = new_order();
  CHECK(till.service().call({.method = "POST", .target = "/internal/v1/payments"}).status == 401);
  CHECK(till.get("/internal/v1/payments/" + order + "/capture", "admin", who).status >= 400);
}

TEST_CASE("bad bodies are refused field by field, and begin no payment") {
  Till till;
  const auto body = [](const std::string& amount, const std::string& rest) {
    return R"({"order_id":")" + new_order() + R"(","user_id":")" + new_order() +
           R"(","amount":)" + amount + rest + "}";
  };
  const std::string method = R"(,"payment_method":"pm_card_visa")";
  const std::string money = R"({"amount":1,"currency":"GBP"})";
  const std::vector<std::string> wrong{
      "{}", "[]", "7", body("null", method), body("7", method), body("{}", method),
      body(R"({"amount":0,"currency":"GBP"})", method),
      body(R"({"amount":-5,"currency":"GBP"})", method),
      body(R"({"amount":1.0,"currency":"GBP"})", method),
      body(R"({"amount":"1","currency":"GBP"})", method),
      body(R"({"amount":9007199254740992,"currency":"GBP"})", method),
      body(R"({"amount":1,"currency":"gbp"})", method),
      body(R"({"amount":1,"currency":"POUNDS"})", method),
      body(R"({"amount":1,"currency":"GBP","x":1})", method), body(money, ""),
      body(money, R"(,"payment_method":null)"), body(money, R"(,"payment_method":7)"),
      body(money, R"(,"payment_method":"")"),
      body(money, R"(,"payment_method":")" + std::string(256, 'x') + '"'),
      body(money, R"(,"payment_method":"a\u0000b")"), body(money, method + R"(,"unknown":1)"),
      R"({"order_id":"x","user_id":"y","amount":)" + money + method + "}"};
  for (const auto& each : wrong) {
    INFO(each);
    const auto answer = till.post("", each);
    CHECK(answer.status == 422);
    CHECK_FALSE(parse(answer).at("errors").empty());
  }
  const std::vector<std::string> malformed{
      "", "{", R"({"order_id":1,"order_id":2})", "{} {}", "\xff"};
  for (const auto& each : malformed) {
    INFO(each);
    CHECK(till.post("", each).status == 400);
  }
  CHECK(till.act(new_order(), "capture").status == 404);
  CHECK(till.refund(new_order(), new_order(), 5).status == 404);
  CHECK(till.act("not-an-id", "capture").status == 404);
  CHECK(till.sql("SELECT count(*) FROM payment") == "0");
}

TEST_CASE("an order id that is older than seven days begins no payment") {
  Till till;
  const auto week = std::chrono::hours(7 * 24);
  const auto now = mercato::system_clock().now();
  const auto old = Uuid::v7(now - week - std::chrono::minutes(1)).str();
  CHECK(till.authorize(old, "pm_card_visa").status == 409);
  CHECK(till.authorize(Uuid::v7(now - week + std::chrono::minutes(1)).str(), "pm_card_visa")
            .status == 201);
  CHECK(till.authorize("0d2f9c1e-8f6e-4d5c-9a55-3f1c2b7a9e10", "pm_card_visa").status == 409);
  CHECK(till.sql("SELECT count(*) FROM payment") == "1");
}

TEST_CASE("an answer that was lost on the way stays among the attempts") {
  Till till;
  const auto order = new_order();
  CHECK(till.settle([&] { return till.authorize(order, "pm_fault_error_then_ok"); }) < 300);
  CHECK(till.sql("SELECT string_agg(a.operation || ' ' || a.outcome, ', ' ORDER BY number)"
                 "  FROM payment, unnest(attempt_log) WITH ORDINALITY"
                 "       AS a (operation, outcome, at, number)") ==
        "authorize unknown, authorize ok");
}
