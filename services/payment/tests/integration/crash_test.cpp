#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include <support/await.hpp>
#include <support/catch.hpp>

#include "storage/pg_payment_store.hpp"
#include "till.hpp"

using namespace payment::test;
using mercato::test::await;

namespace {

/// Kills a process when the given call to the provider is about to be passed on, or answered.
class Assassin {
 public:
  Assassin(Till& till, ServiceProcess& victim, std::string call, bool answered)
      : deed_(std::make_shared<Deed>(victim, std::move(call), answered)) {
    // The edge may be at a call still when the test is over and we are gone.
    till.at_edge([deed = deed_](const std::string& path, bool is_answered) {
      if (is_answered == deed->answered && path.ends_with(deed->call)) deed->strike();
    });
  }
  /// Whether the victim is dead: whoever started it during the kill would have it killed again.
  [[nodiscard]] bool done() const { return deed_->done; }

 private:
  struct Deed {
    Deed(ServiceProcess& its_victim, std::string its_call, bool is_answered)
        : victim(its_victim), call(std::move(its_call)), answered(is_answered) {}
    void strike() {
      if (struck.exchange(true)) return;
      victim.kill();
      done = true;
    }
    ServiceProcess& victim;
    const std::string call;
    const bool answered;
    std::atomic<bool> struck{false};
    std::atomic<bool> done{false};
  };
  std::shared_ptr<Deed> deed_;
};

}  // namespace

TEST_CASE("killed between any two steps, payment or provider, a card is charged once", "[crash]") {
  const std::string call = GENERATE("/payment_intents", "/confirm", "/capture", "/refunds");
  const bool answered = GENERATE(false, true);
  const bool provider_dies = GENERATE(false, true);
  INFO(call << (answered ? " answered, " : " sent, ") << (provider_dies ? "provider" : "payment"));
  Till till;
  auto& victim = provider_dies ? till.provider() : till.service();
  Assassin assassin(till, victim, call, answered);
  const auto order = new_order();
  const auto refund = new_order();
  // Whoever is asked goes on being asked; the dead one comes back at once.
  const auto settle = [&](const auto& ask) {
    return till.settle([&] {
      auto answer = ask();
      if (assassin.done() && !victim.running()) victim.start();
      return answer;
    });
  };
  const auto authorized = settle([&] { return till.authorize(order, "pm_card_visa"); });
  CHECK((authorized == 200 || authorized == 201));
  CHECK(settle([&] { return till.act(order, "capture"); }) == 200);
  const auto refunded = settle([&] { return till.refund(order, refund, 250); });
  CHECK((refunded == 200 || refunded == 201));
  CHECK(assassin.done());
  till.at_edge({});

  CHECK(till.live_intents_of(order) == 1);
  for (const auto& intent : till.intents_of(order)) {
    if (intent.at("status") != "succeeded") continue;
    const auto path = "/v1/refunds?payment_intent=" + intent.at("id").get<std::string>();
    CHECK(parse(till.ask_provider("GET", path)).at("data").size() == 1);
  }
  CHECK(till.sql("SELECT status || captured || ' ' || refunded FROM payment") ==
        "partially_refunded1250 250");
  CHECK(till.run({"ledger", "check"}).exit_code == 0);
}

TEST_CASE("a provider that is away is not waited for, and what it owes is settled on its return",
          "[crash]") {
  Till till;
  till.provider().kill();
  const auto order = new_order();
  const auto begin = std::chrono::steady_clock::now();
  CHECK(till.authorize(order, "pm_card_visa").status == 202);
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(2));
  for (int i = 0; i < 20; ++i) CHECK(till.authorize(new_order(), "pm_card_visa").status == 202);
  till.provider().start();
  const auto status = till.settle([&] { return till.authorize(order, "pm_card_visa"); });
  CHECK(status == 200);
  CHECK(await([&] { return till.sql("SELECT count(*) FROM payment WHERE owes") == "0"; }));
  CHECK(till.live_intents_of(order) == 1);
}

TEST_CASE("a provider that is slow to authorise leaves captures and reads of others alone",
          "[crash]") {
  Till till(ServiceProcess::Environment{{"HTTP_WORKERS", "4"}, {"PROVIDER_TIMEOUT_MS", "5000"}});
  const auto order = new_order();
  REQUIRE(till.authorize(order, "pm_card_visa").status == 201);
  std::vector<std::thread> slow;
  std::atomic<int> confirming{0};
  till.at_edge([&](const std::string& path, bool answered) {
    if (!answered && path.find("/confirm") != std::string::npos) ++confirming;
  });
  for (int i = 0; i < 6; ++i) {
    slow.emplace_back([&] { static_cast<void>(till.authorize(new_order(), "pm_fault_slow")); });
  }
  CHECK(await([&] { return confirming >= 2; }));
  CHECK(till.act(order, "capture").status == 200);
  CHECK(till.get("/api/v1/payments?order_id=" + order, "customer", till.user()).status == 200);
  for (auto& thread : slow) thread.join();
  CHECK(await([&] {
    return till.sql("SELECT count(*) FROM payment WHERE status = 'authorized'") == "6";
  }));
}

TEST_CASE("a void while an authorisation is under way is done when the provider said so",
          "[crash]") {
  Till till;
  const auto order = new_order();
  std::atomic<bool> voided{false};
  till.at_edge([&](const std::string& path, bool answered) {
    if (!answered || path.find("/confirm") == std::string::npos || voided.exchange(true)) return;
    static_cast<void>(till.act(order, "void"));
  });
  const auto authorized = till.authorize(order, "pm_card_visa");
  CHECK((authorized.status == 409 || authorized.status == 202));
  CHECK(till.settle([&] { return till.act(order, "void"); }) == 200);
  CHECK(till.live_intents_of(order) == 0);
  CHECK(till.authorize(order, "pm_card_visa").status == 409);
}

TEST_CASE("a payment that nobody could authorise for long is voided, whatever turns up",
          "[crash]") {
  Till till(ServiceProcess::Environment{{"PAYMENT_PATIENCE_S", "1"}});
  till.provider().kill();
  const auto order = new_order();
  CHECK(till.authorize(order, "pm_card_visa").status == 202);
  CHECK(await([&] {
    return till.sql("SELECT now() - created_at > interval '2 s' FROM payment") == "t";
  }));
  till.provider().start();
  CHECK(await([&] { return till.sql("SELECT status FROM payment") == "voided"; }));
  CHECK(till.authorize(order, "pm_card_visa").status == 409);
  CHECK(till.live_intents_of(order) == 0);
}

TEST_CASE("what was authorised while nobody knew is kept, however long that lasts", "[crash]") {
  Till till(ServiceProcess::Environment{{"PAYMENT_PATIENCE_S", "1"}});
  const bool taken = GENERATE(false, true);
  const Assassin assassin(till, till.service(), "/confirm", true);
  const auto order = new_order();
  static_cast<void>(till.authorize(order, "pm_card_visa"));
  REQUIRE(await([&] { return assassin.done(); }));
  const auto intent = till.sql("SELECT intent_id FROM payment WHERE status = 'pending'");
  if (taken) till.ask_provider("POST", "/v1/payment_intents/" + intent + "/capture");
  CHECK(await([&] {
    return till.sql("SELECT now() - created_at > interval '2 s' FROM payment") == "t";
  }));
  till.service().start();
  CHECK(await([&] {
    return till.sql("SELECT status FROM payment") == (taken ? "captured" : "authorized");
  }));
  CHECK(till.live_intents_of(order) == 1);
  CHECK(till.act(order, "capture").status == 200);
}

TEST_CASE("how old a payment or a refund is, is told by the database", "[crash]") {
  Till till;
  const auto order = new_order();
  REQUIRE(till.authorize(order, "pm_card_visa").status == 201);
  REQUIRE(till.act(order, "capture").status == 200);
  till.provider().kill();
  CHECK(till.refund(order, mercato::Uuid::v7().str(), 250).status == 202);
  CHECK(till.authorize(new_order(), "pm_card_visa").status == 202);
  REQUIRE(till.service().terminate() == 0);
  for (const std::string table : {"payment", "refund"}) {
    till.sql("UPDATE " + table + " SET created_at = now() - interval '1 hour',"
             " next_attempt_at = now()");
  }
  mercato::db::Pool pool{{.url = till.database_url(), .application_name = "test", .size = 1}};
  payment::storage::PgPaymentStore store(pool);
  const auto payments = store.claim_due(2, std::chrono::seconds(1));
  const auto refunds = store.claim_due_refunds(2, std::chrono::seconds(1));
  REQUIRE(payments.size() == 1);
  REQUIRE(refunds.size() == 1);
  for (const auto age : {payments[0].age, refunds[0].age}) {
    CHECK(age >= std::chrono::minutes(60));
    CHECK(age <= std::chrono::minutes(61));
  }
}

TEST_CASE("errors that a refund was answered with are counted among its tries", "[crash]") {
  Till till;
  const auto order = new_order();
  REQUIRE(till.authorize(order, "pm_card_visa").status == 201);
  REQUIRE(till.act(order, "capture").status == 200);
  till.provider().kill();
  CHECK(till.refund(order, mercato::Uuid::v7().str(), 250).status == 202);
  REQUIRE(till.service().terminate() == 0);
  till.sql("UPDATE refund SET attempts = 7, errors = 2, next_attempt_at = now()");
  mercato::db::Pool pool{{.url = till.database_url(), .application_name = "test", .size = 1}};
  payment::storage::PgPaymentStore store(pool);
  for (const bool with_error : {false, true}) {
    const auto refunds = store.claim_due_refunds(1, std::chrono::milliseconds(0));
    REQUIRE(refunds.size() == 1);
    CHECK(refunds[0].errors == 2);
    store.postpone_refund(refunds[0], with_error, std::chrono::milliseconds(0));
  }
  const auto refunds = store.claim_due_refunds(1, std::chrono::milliseconds(0));
  REQUIRE(refunds.size() == 1);
  CHECK(refunds[0].tries == 9);
  CHECK(refunds[0].errors == 3);
}

TEST_CASE("a refund whose answer was lost is found among more than a page of others", "[crash]") {
  Till till;
  const auto order = new_order();
  REQUIRE(till.authorize(order, "pm_card_visa").status == 201);
  REQUIRE(till.act(order, "capture").status == 200);
  {
    const Assassin assassin(till, till.service(), "/refunds", true);
    static_cast<void>(till.refund(order, new_order(), 250));
    REQUIRE(await([&] { return assassin.done(); }));
  }
  const auto intent = till.sql("SELECT intent_id FROM payment");
  for (int i = 0; i < 101; ++i) {
    REQUIRE(till.ask_provider("POST", "/v1/refunds", "amount=1&payment_intent=" + intent).status ==
            200);
  }
  std::atomic<int> asked{0};
  till.at_edge([&](const std::string& path, bool answered) {
    if (!answered && path.ends_with("/refunds")) ++asked;
  });
  till.service().start();
  CHECK(await([&] { return till.sql("SELECT status FROM refund") == "succeeded"; }));
  CHECK(asked == 0);
  till.at_edge({});
}

TEST_CASE("an authorisation that ran out at the provider refuses the capture for good",
          "[crash]") {
  Till till;
  const auto order = new_order();
  REQUIRE(till.authorize(order, "pm_card_visa").status == 201);
  const auto intent = till.sql("SELECT intent_id FROM payment");
  CHECK(till.ask_provider("POST", "/v1/payment_intents/" + intent + "/cancel").status == 200);
  const auto answer = till.act(order, "capture");
  CHECK(answer.status == 409);
  CHECK(parse(answer).at("code") == "capture_failed");
  CHECK(till.sql("SELECT status FROM payment") == "voided");
}
