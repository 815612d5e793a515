#include <support/catch.hpp>

#include <optional>
#include <string>

#include <mercato/crypto/crypto.hpp>
#include <support/await.hpp>

#include "deployment.hpp"
#include "storage/pg_delivery_store.hpp"
#include "wrong_clock.hpp"

using namespace order::test;
using mercato::test::await;
using order::WebhookEndpointId;

namespace {

/// Nobody takes anything.
class Unwelcome : public order::WebhookSender {
 public:
  order::Attempt send(const order::DueDelivery&, mercato::Timestamp) override {
    return order::NotDelivered{500, "status 500", false, std::nullopt};
  }
};

/// An endpoint, and the store of its deliveries in the hands of the test: the service is stopped.
struct Deliveries {
  static constexpr const char* kSealingKey = "0123456789abcdef0123456789abcdef";

  Deployment shop{{{"SEALING_KEY", mercato::crypto::base64(kSealingKey)},
                   {"WEBHOOK_ADDRESSES", "loopback"},
                   {"WEBHOOK_PLAIN_HTTP", "true"}}};
  WebhookEndpointId endpoint = add_endpoint();
  mercato::db::Pool pool{{.url = shop.database_url, .application_name = "test", .size = 1}};
  order::storage::Sealer sealer{kSealingKey};
  order::storage::PgDeliveryStore store{pool, sealer, std::chrono::hours(72)};

  WebhookEndpointId add_endpoint() {
    const auto answer =
        shop.post(shop.admin(), "/api/v1/webhook-endpoints",
                  R"({"url":"http://127.0.0.1:9/","events":["order.confirmed"]})");
    REQUIRE(answer.status == 201);
    REQUIRE(shop.service->terminate() == 0);
    return *WebhookEndpointId::parse(parse(answer).at("id").get<std::string>());
  }

  /// Pending deliveries to `to`; the times are SQL.
  void owe(int count, const std::string& give_up_at, const std::string& leased_until = "NULL",
           std::optional<WebhookEndpointId> to = {}) const {
    static_cast<void>(shop.sql(
        "INSERT INTO webhook_delivery (id, endpoint_id, event_id, event, body, status,"
        " next_attempt_at, give_up_at, leased_until, created_at)"
        " SELECT gen_random_uuid(), '" + to.value_or(endpoint).str() +
        "', gen_random_uuid(), 'order.confirmed', '{}', 'pending', " + give_up_at +
        " - interval '3 days', " + give_up_at + ", " + leased_until + ", " + give_up_at +
        " - interval '3 days' FROM generate_series(1, " + std::to_string(count) + ")"));
  }
  /// An event of a confirmed order that the outbox has numbered.
  void publish(int seq) const {
    static_cast<void>(
        shop.sql("INSERT INTO outbox (type, aggregate_id, version, data, published_seq)"
                 " VALUES ('order.confirmed', '1', 1, '{}', " +
                 std::to_string(seq) + ")"));
  }
  /// Events numbered from `first` to `last`, each with so many bytes that cannot be compressed.
  void publish_long(int first, int last, int bytes) const {
    constexpr int kBytesOfHash = 32;
    static_cast<void>(shop.sql(
        "INSERT INTO outbox (type, aggregate_id, version, data, published_seq)"
        " SELECT 'order.confirmed', '1', 1, jsonb_build_object('text', (SELECT"
        " string_agg(md5(seq::text || part::text), '') FROM generate_series(1, " +
        std::to_string(bytes / kBytesOfHash) + ") AS part)), seq FROM generate_series(" +
        std::to_string(first) + ", " + std::to_string(last) + ") AS seq"));
  }
  [[nodiscard]] std::string count(const std::string& condition) const {
    return shop.sql("SELECT count(*) FROM webhook_delivery WHERE " + condition);
  }
};

}  // namespace

TEST_CASE("what an endpoint was not told in time is given up, attempted or not",
          "[webhooks][integration]") {
  Deliveries deliveries;
  deliveries.owe(3, "now() - interval '1 second'");
  deliveries.owe(1, "now() - interval '1 second'", "now() - interval '1 minute'");
  deliveries.owe(1, "now() - interval '1 second'", "now() + interval '1 minute'");  // under way
  deliveries.owe(1, "now() + interval '1 hour'");
  CHECK(deliveries.store.give_up_overdue(3) == 3);
  CHECK(deliveries.store.give_up_overdue(3) == 1);
  CHECK(deliveries.store.give_up_overdue(3) == 0);
  CHECK(deliveries.count("status = 'failed' AND error = 'not attempted in time' "
                         "AND next_attempt_at IS NULL AND leased_until IS NULL") == "4");
  CHECK(deliveries.count("status = 'pending'") == "2");
}

TEST_CASE("a delivery whose time has run out is not attempted any more",
          "[webhooks][integration]") {
  Deliveries deliveries;
  deliveries.owe(1, "now() - interval '1 second'");
  CHECK(deliveries.store.due_endpoints(1).empty());
  CHECK_FALSE(deliveries.store.claim(deliveries.endpoint));
  deliveries.owe(1, "now() + interval '1 hour'");
  CHECK(deliveries.store.due_endpoints(1).size() == 1);
  CHECK(deliveries.store.claim(deliveries.endpoint));
}

TEST_CASE("an endpoint is told what comes after it, whatever the clocks say",
          "[webhooks][integration]") {
  Deliveries deliveries;
  deliveries.publish(1);
  const auto later = WebhookEndpointId::make();
  static_cast<void>(deliveries.shop.sql(
      "INSERT INTO webhook_endpoint (id, url, events, sealed_secret, created_at)"
      " SELECT '" + later.str() + "', url, events, sealed_secret, created_at"
      " FROM webhook_endpoint"));
  // As if a clock that was an hour fast was put right before the second event.
  static_cast<void>(
      deliveries.shop.sql("UPDATE webhook_endpoint SET created_at = now() + interval '1 hour'"));
  deliveries.publish(2);
  CHECK_FALSE(deliveries.store.fan_out(10));
  CHECK(deliveries.count("endpoint_id = '" + deliveries.endpoint.str() + "'") == "2");
  CHECK(deliveries.count("endpoint_id = '" + later.str() + "'") == "1");
}

TEST_CASE("no more deliveries are made at once than fit, and none is left out",
          "[webhooks][integration]") {
  Deliveries deliveries;
  static_cast<void>(deliveries.shop.sql(
      "INSERT INTO webhook_endpoint (id, url, events, sealed_secret, created_at)"
      " SELECT gen_random_uuid(), url, events, sealed_secret, created_at FROM webhook_endpoint"));
  for (const int seq : {1, 2, 3}) deliveries.publish(seq);
  CHECK(deliveries.store.fan_out(4));
  CHECK(deliveries.count("true") == "4");
  CHECK_FALSE(deliveries.store.fan_out(4));
  CHECK(deliveries.count("true") == "6");
  deliveries.publish(4);
  CHECK(deliveries.store.fan_out(1));  // an event is never told to some only
  CHECK(deliveries.count("true") == "8");
}

TEST_CASE("deliveries are made of so many bytes at once as fit, and none is left out",
          "[webhooks][integration]") {
  Deliveries deliveries;
  static_cast<void>(deliveries.shop.sql(
      "INSERT INTO webhook_endpoint (id, url, events, sealed_secret, created_at)"
      " SELECT gen_random_uuid(), url, events, sealed_secret, created_at FROM webhook_endpoint"));
  deliveries.publish_long(1, 50, 64'000);
  CHECK(deliveries.store.fan_out(5'000));  // 6.4 MB for the two of them
  const auto at_first = std::stoi(deliveries.count("true"));
  CHECK((at_first > 50 && at_first < 80));
  CHECK_FALSE(deliveries.store.fan_out(5'000));
  CHECK(deliveries.count("true") == "100");
  deliveries.publish_long(51, 51, 5'000'000);  // more than fits, and told all the same
  CHECK(deliveries.store.fan_out(5'000));
  CHECK(deliveries.count("true") == "102");
  CHECK_FALSE(deliveries.store.fan_out(5'000));
}

TEST_CASE("what is due is sent also while nothing can be made of what is new",
          "[webhooks][integration]") {
  Deliveries deliveries;
  deliveries.owe(1, "now() + interval '1 hour'");
  static_cast<void>(
      deliveries.shop.sql("ALTER TABLE webhook_progress RENAME COLUMN published_seq TO seq"));
  deliveries.shop.service->start();
  CHECK(await([&] { return deliveries.count("attempts > 0") == "1"; }));
}

TEST_CASE("retries and rests are as long as ever while a service's clock is wrong",
          "[webhooks][integration]") {
  Deliveries deliveries;
  deliveries.owe(1, "now() + interval '3 days'");
  Unwelcome merchant;
  for (const int by_hours : {1, -1}) {
    static_cast<void>(deliveries.shop.sql(
        "UPDATE webhook_endpoint SET failures = 0, rest_until = now();"
        "UPDATE webhook_delivery SET tries = 0, next_attempt_at = now()"));
    const WrongClock clock(by_hours);
    order::DeliverWebhook deliver(deliveries.store, merchant, clock, std::chrono::minutes(10),
                                  [] { return 0.5; });
    CHECK_FALSE(deliver.deliver_next(deliveries.endpoint));
    CHECK(deliveries.count("status = 'pending' AND attempts > 0"
                           " AND next_attempt_at BETWEEN now() + interval '5 minutes'"
                           " AND now() + interval '10 minutes'") == "1");
    CHECK(deliveries.shop.sql("SELECT rest_until < now() + interval '1 minute'"
                              " AND rest_until > now() - interval '1 minute'"
                              " FROM webhook_endpoint") == "t");
  }
}

TEST_CASE("a delivery is given up where its next attempt would come too late, unless it was asked "
          "for by hand meanwhile",
          "[webhooks][integration]") {
  Deliveries deliveries;
  deliveries.owe(2, "now() + interval '1 hour'");
  const order::NotDelivered answer{500, "status 500", false, std::nullopt};
  const order::RetryPlan tomorrow{std::chrono::hours(24), std::chrono::milliseconds(0)};
  const auto first = deliveries.store.claim(deliveries.endpoint);
  const auto second = deliveries.store.claim(deliveries.endpoint);
  REQUIRE((first && second));
  static_cast<void>(deliveries.shop.sql("UPDATE webhook_delivery SET tries = 0 WHERE id = '" +
                                        second->id.str() + "'"));
  deliveries.store.not_delivered(*first, answer, tomorrow);
  deliveries.store.not_delivered(*second, answer, tomorrow);
  CHECK(deliveries.count("id = '" + first->id.str() + "' AND status = 'failed'"
                         " AND next_attempt_at IS NULL") == "1");
  CHECK(deliveries.count("id = '" + second->id.str() + "' AND status = 'pending'"
                         " AND next_attempt_at <= now()") == "1");
}

TEST_CASE("an endpoint that failed is asked by one at a time", "[webhooks][integration]") {
  Deliveries deliveries;
  deliveries.owe(3, "now() + interval '1 hour'");
  CHECK(deliveries.store.claim(deliveries.endpoint));
  CHECK(deliveries.store.claim(deliveries.endpoint));
  static_cast<void>(deliveries.shop.sql("UPDATE webhook_endpoint SET failures = 1"));
  CHECK_FALSE(deliveries.store.claim(deliveries.endpoint));
  static_cast<void>(deliveries.shop.sql("UPDATE webhook_delivery SET leased_until = NULL"));
  CHECK(deliveries.store.claim(deliveries.endpoint));
}

TEST_CASE("what is owed to endpoints that are gone is given up, and nothing else",
          "[webhooks][integration]") {
  Deliveries deliveries;
  deliveries.owe(2, "now() + interval '1 hour'");
  for (int i = 0; i < 2; ++i) {
    deliveries.owe(2, "now() + interval '1 hour'", "NULL", WebhookEndpointId::make());
  }
  CHECK(deliveries.store.give_up_unwanted(3) == 3);
  CHECK(deliveries.store.give_up_unwanted(3) == 1);
  CHECK(deliveries.store.give_up_unwanted(3) == 0);
  CHECK(deliveries.count("status = 'pending' AND endpoint_id = '" + deliveries.endpoint.str() +
                         "'") == "2");
  static_cast<void>(deliveries.shop.sql("UPDATE webhook_endpoint SET enabled = false"));
  CHECK(deliveries.store.give_up_unwanted(3) == 2);
}

TEST_CASE("what cannot be cleared away keeps nothing else from it", "[webhooks][integration]") {
  Deliveries deliveries;
  deliveries.owe(1, "now() - interval '1 second'");
  static_cast<void>(
      deliveries.shop.sql("ALTER TABLE idempotency_key RENAME COLUMN created_at TO made_at"));
  deliveries.shop.service->start();
  CHECK(await([&] { return deliveries.count("status = 'failed'") == "1"; }));
}
