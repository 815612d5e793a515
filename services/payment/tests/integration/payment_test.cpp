#include <atomic>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <mercato/id/uuid.hpp>
#include <mercato/json/json.hpp>
#include <support/await.hpp>
#include <support/catch.hpp>
#include <support/http_peer.hpp>
#include <support/postgres_server.hpp>
#include <support/service_process.hpp>
#include <support/test_keys.hpp>
#include <support/workspace.hpp>

namespace {

using mercato::Uuid;
using mercato::test::HttpAnswer;
using mercato::test::HttpPeer;
using mercato::test::PeerAnswer;
using mercato::test::PeerRequest;
using mercato::test::PostgresServer;
using mercato::test::ServiceProcess;
using Json = mercato::json::Value;

constexpr const char* kWebhook = "/api/v1/webhooks/payment-provider";

/// The payment service and the provider's stand-in, both real, on a database of their own.
class Till {
 public:
  Till() {
    const auto sandbox =
        std::filesystem::path(SERVICE_BINARY).parent_path() / "psp-sandbox" / "psp-sandbox";
    provider_.emplace(sandbox.string(),
                      ServiceProcess::Environment{{"API_KEY", "sk_test"},
                                                  {"WEBHOOK_URL", relay_.url() + kWebhook},
                                                  {"WEBHOOK_SECRET", "whsec_test"},
                                                  {"RATE_LIMIT_PER_SECOND", "0"},
                                                  {"JOURNAL", directory_.path() + "/journal"}});
    environment_ = keys_.environment("payment");
    environment_["DATABASE_URL"] = url_;
    environment_["REDIS_URL"] = "";
    environment_["JWKS_URL"] = relay_.url() + "/.well-known/jwks.json";
    environment_["PROVIDER_URL"] = provider_->base_url();
    environment_["PROVIDER_API_KEY"] = "sk_test";
    environment_["PROVIDER_WEBHOOK_SECRET"] = "whsec_test";
    environment_["PROVIDER_TIMEOUT_MS"] = "1000";
    const auto migrated = run({"migrate"});
    if (migrated.exit_code != 0) throw std::runtime_error(migrated.output);
    service_.emplace(SERVICE_BINARY, environment_);
    port_ = service_->port();
  }

  ServiceProcess::Finished run(const std::vector<std::string>& arguments) const {
    auto complete = environment_;
    complete.emplace("PORT", "1");  // required, though nothing listens
    return ServiceProcess::run(SERVICE_BINARY, arguments, complete);
  }

  HttpAnswer authorize(const std::string& order, const std::string& method,
                       std::int64_t amount = 1250) {
    return post("", {{"order_id", order},
                     {"user_id", user_.str()},
                     {"amount", {{"amount", amount}, {"currency", "GBP"}}},
                     {"payment_method", method}});
  }
  HttpAnswer act(const std::string& order, const std::string& action) {
    return post("/" + order + "/" + action, nullptr);
  }
  HttpAnswer refund(const std::string& order, const std::string& id, std::int64_t amount) {
    return post("/" + order + "/refunds", {{"refund_id", id},
                                           {"amount", {{"amount", amount}, {"currency", "GBP"}}},
                                           {"reason", "broken"}});
  }
  /// Asks again, as the order service does, until the answer is final.
  int settle(const std::string& order, const std::string& method) {
    int status = 0;
    mercato::test::await([&] {
      status = authorize(order, method).status;
      return status != 202;
    });
    return status;
  }
  HttpAnswer get(const std::string& path, const std::string& role, Uuid who) {
    return service_->call(
        {.target = path, .headers = {{"Authorization", keys_.bearer(who, role)}}});
  }
  HttpAnswer webhook(const std::string& body, const std::string& signature) {
    return service_->call({.method = "POST",
                           .target = kWebhook,
                           .headers = {{"Stripe-Signature", signature}},
                           .body = body});
  }
  std::string sql(const std::string& statement) { return PostgresServer::sql(url_, statement); }
  std::string intents_of(const std::string& order) {
    return provider_
        ->call({.target = "/v1/payment_intents?metadata%5Border_id%5D=" + order,
                .headers = {{"Authorization", "Bearer sk_test"}}})
        .body;
  }
  Uuid user() const { return user_; }

 private:
  HttpAnswer post(const std::string& path, const Json& body) {
    return service_->call({.method = "POST",
                           .target = "/internal/v1/payments" + path,
                           .headers = {{"Authorization", keys_.peer_bearer("order", "payment")}},
                           .body = body.is_null() ? "" : mercato::json::dump(body)});
  }
  /// Serves the token issuer's keys and hands webhooks on: the provider starts first.
  PeerAnswer relay(const PeerRequest& request) {
    if (request.method == "GET") return {200, keys_.jwks()};
    if (port_ == 0) return {503};
    const auto answer = mercato::test::call(
        port_, {.method = "POST",
                .target = kWebhook,
                .headers = {{"Stripe-Signature", request.header("Stripe-Signature")}},
                .body = request.body});
    return {answer.status, answer.body};
  }

  const Uuid user_ = Uuid::v7();
  mercato::test::TempDirectory directory_;
  mercato::test::TestKeys keys_{{"payment", "order"}};
  std::string url_ = PostgresServer::shared().create_database();
  std::atomic<std::uint16_t> port_{0};
  ServiceProcess::Environment environment_;
  std::optional<ServiceProcess> provider_;
  std::optional<ServiceProcess> service_;
  HttpPeer relay_{[this](const PeerRequest& request) { return relay(request); }};
};

std::string new_order() { return Uuid::v7().str(); }

Json parse(const HttpAnswer& answer) { return mercato::json::parse(answer.body); }

}  // namespace

TEST_CASE("a payment is authorised, captured and refunded once, and the ledger says so") {
  Till till;
  const auto order = new_order();

  const auto first = till.authorize(order, "pm_card_visa");
  INFO(first.body);
  REQUIRE(first.status == 201);
  CHECK(parse(first).at("status") == "authorized");
  CHECK(till.authorize(order, "pm_card_visa").status == 200);
  CHECK(till.authorize(order, "pm_card_visa", 99).status == 422);
  CHECK(till.refund(order, new_order(), 1).status == 202);

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
  CHECK(till.sql("SELECT count(DISTINCT journal_id) FROM ledger_entry") == "4");
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
  const auto status = till.settle(order, method);
  CHECK((status == 200 || status == 201));
  CHECK(till.act(order, "capture").status == 200);
  const auto intents = till.intents_of(order);
  INFO(intents);
  std::size_t live = 0;
  const auto list = mercato::json::parse(intents);
  for (const auto& intent : list.at("data")) {
    if (intent.at("amount_received") == 1250) ++live;
  }
  CHECK(live == 1);
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
  CHECK(till.act(early, "void").status == 200);
  CHECK(till.authorize(early, "pm_card_visa").status == 409);
  CHECK(till.run({"ledger", "check"}).exit_code == 0);
}

TEST_CASE("the ledger and its journals cannot be changed") {
  Till till;
  CHECK(till.authorize(new_order(), "pm_card_visa").status == 201);
  CHECK_THROWS(till.sql("UPDATE ledger_entry SET amount = 1"));
  CHECK_THROWS(till.sql("DELETE FROM ledger_entry"));
  CHECK_THROWS(till.sql(
      "INSERT INTO ledger_entry (journal_id, order_id, account, currency, amount)"
      " SELECT id, order_id, 'sales', 'GBP', 5 FROM journal"));
}

TEST_CASE("a webhook that the provider did not sign is refused") {
  Till till;
  CHECK(till.webhook("{}", "").status == 400);
  const auto answer = till.webhook("{}", "t=1,v1=00");
  CHECK(answer.status == 400);
  CHECK(parse(answer).at("code") == "invalid_signature");
}
