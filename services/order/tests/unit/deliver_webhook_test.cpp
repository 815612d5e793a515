#include <support/catch.hpp>

#include <chrono>
#include <deque>
#include <utility>
#include <vector>

#include "clients/http_webhooks.hpp"
#include "domain/deliver_webhook.hpp"
#include "shop.hpp"

using namespace order;
using namespace order::test;
using namespace std::chrono_literals;

namespace {

double middle() {
  return 0.5;
}

/// One endpoint with deliveries, and what was written down about them.
struct DeliveryFixture : DeliveryStore, WebhookSender {
  std::optional<DueDelivery> claim(WebhookEndpointId) override {
    if (due.empty()) return std::nullopt;
    auto next = std::move(due.front());
    due.pop_front();
    return next;
  }
  void delivered(const DueDelivery&, const Delivered& taken) override {
    told.push_back(taken.status);
  }
  void not_delivered(const DueDelivery&, const NotDelivered&, const RetryPlan& plan) override {
    plans.push_back(plan);
  }
  Attempt send(const DueDelivery&, mercato::Timestamp) override {
    ++sent;
    return answer;
  }

  DueDelivery delivery(int tries = 1, int endpoint_failures = 0) {
    DueDelivery made;
    made.tries = tries;
    made.endpoint_failures = endpoint_failures;
    return made;
  }

  ManualClock clock;
  std::deque<DueDelivery> due;
  Attempt answer = Delivered{204};
  int sent = 0;
  std::vector<int> told;
  std::vector<RetryPlan> plans;
  WebhookEndpointId endpoint = WebhookEndpointId::make();
  DeliverWebhook deliver{*this, *this, clock, 5s, middle};
};

}  // namespace

TEST_CASE_METHOD(DeliveryFixture, "deliveries are made one after the other", "[deliver_webhook]") {
  due = {delivery(), delivery()};
  CHECK(deliver.deliver_next(endpoint));
  CHECK(deliver.deliver_next(endpoint));
  CHECK_FALSE(deliver.deliver_next(endpoint));
  CHECK(told == std::vector{204, 204});
}

TEST_CASE_METHOD(DeliveryFixture, "a failed attempt is repeated later, and the endpoint rests",
                 "[deliver_webhook]") {
  answer = NotDelivered{500, "status 500", false, std::nullopt};
  due = {delivery(1, 0), delivery(3, 5)};
  CHECK_FALSE(deliver.deliver_next(endpoint));
  CHECK_FALSE(deliver.deliver_next(endpoint));
  REQUIRE(plans.size() == 2);
  CHECK(plans[0].next_attempt_in == 5s);
  CHECK(plans[0].endpoint_rests_for == 1s);
  CHECK(plans[1].next_attempt_in == 80s);
  CHECK(plans[1].endpoint_rests_for == 32s);
}

TEST_CASE_METHOD(DeliveryFixture, "an endpoint may ask for more time, within reason",
                 "[deliver_webhook]") {
  answer = NotDelivered{503, "status 503", false, 600s};
  due = {delivery()};
  deliver.deliver_next(endpoint);
  answer = NotDelivered{503, "status 503", false, std::chrono::hours(1000)};
  due = {delivery()};
  deliver.deliver_next(endpoint);
  CHECK(plans.at(0).next_attempt_in == 600s);
  CHECK(plans.at(1).next_attempt_in == std::chrono::hours(8));
}

TEST_CASE_METHOD(DeliveryFixture, "a delivery is given up when nobody is there",
                 "[deliver_webhook]") {
  answer = NotDelivered{410, "status 410", true, std::nullopt};
  due = {delivery()};
  deliver.deliver_next(endpoint);
  CHECK_FALSE(plans.at(0).next_attempt_in);
}

TEST_CASE_METHOD(DeliveryFixture, "an attempt that was cut short is not repeated at once",
                 "[deliver_webhook]") {
  due = {delivery(2)};
  due[0].cut_short = true;
  CHECK_FALSE(deliver.deliver_next(endpoint));
  CHECK(sent == 0);
  CHECK(told.empty());
  REQUIRE(plans.size() == 1);
  CHECK(plans[0].next_attempt_in == 20s);
}

TEST_CASE("retries are spread over three days", "[deliver_webhook]") {
  std::chrono::milliseconds total{0};
  int tries = 0;
  while (total < std::chrono::hours(72)) total += webhook_retry_delay(++tries, 5s, 0.5);
  CHECK(tries >= 12);
  CHECK(tries <= 20);
  CHECK(webhook_retry_delay(1, 5s, 0.0) == 4s);
  CHECK(webhook_retry_delay(1, 5s, 1.0) == 6s);
  CHECK(webhook_retry_delay(1'000'000, 5s, 0.5) == std::chrono::hours(8));
  CHECK(webhook_rest(1) == 1s);
  CHECK(webhook_rest(1'000'000) == 60s);
}

// The example of the specification's own libraries.
TEST_CASE("signatures are those of Standard Webhooks", "[deliver_webhook]") {
  CHECK(clients::webhook_signature(
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330",
            R"({"test": 2432232314})") == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
  const auto secret = clients::make_webhook_secret();
  CHECK(secret.size() == 50);
  CHECK(secret != clients::make_webhook_secret());
  CHECK_THROWS(clients::webhook_signature("whsec_?", "a", "b", "c"));
}
