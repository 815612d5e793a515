#include <string>

#include <support/await.hpp>
#include <support/catch.hpp>

#include "till.hpp"

using namespace payment::test;
using mercato::test::await;

namespace {

std::string event_about(const std::string& intent, const std::string& id = "evt_1",
                        const std::string& type = "payment_intent.succeeded") {
  return mercato::json::dump(
      {{"id", id},
       {"type", type},
       {"data", {{"object", {{"object", "payment_intent"}, {"id", intent}}}}}});
}

}  // namespace

TEST_CASE("a webhook that the provider did not sign, or long ago or ahead, is refused") {
  Till till;
  const auto body = event_about("pi_x");
  CHECK(till.webhook(body, "").status == 400);
  const auto answer = till.webhook(body, "t=1,v1=00");
  CHECK(answer.status == 400);
  CHECK(parse(answer).at("code") == "invalid_signature");
  CHECK(till.signed_webhook(body, 310).status == 400);
  CHECK(till.signed_webhook(body, -310).status == 400);
  CHECK(till.signed_webhook(body, 200).status == 200);
}

TEST_CASE("an event about an unknown payment is kept, once however often it comes") {
  Till till;
  const auto body = event_about("pi_unknown");
  CHECK(till.signed_webhook(body).status == 200);
  CHECK(till.signed_webhook(body).status == 200);
  CHECK(till.sql("SELECT count(*) FROM provider_event") == "1");
}

TEST_CASE("what is signed but no event is refused and leaves nothing") {
  Till till;
  for (const auto* body : {"", "{", "[]", "null", "1", "{}", R"({"id":1,"type":"x"})",
                           R"({"id":"evt_1"})", R"({"id":"","type":"x"})",
                           R"({"id":"\u0000","type":"x"})",
                           R"({"id":"evt_1","type":"x","data":1e400})"}) {
    INFO(body);
    CHECK(till.signed_webhook(body).status == 400);
  }
  for (const auto* body : {R"({"id":"evt_1","type":"x"})", R"({"id":"evt_2","type":"x","data":7})",
                           R"({"id":"evt_3","type":"x","data":{"object":[]}})"}) {
    INFO(body);
    CHECK(till.signed_webhook(body).status == 200);
  }
}

TEST_CASE("the webhooks of what the answers said already cost no row") {
  Till till;
  const auto order = new_order();
  CHECK(till.authorize(order, "pm_card_visa").status == 201);
  CHECK(till.act(order, "capture").status == 200);
  const auto intent = till.sql("SELECT intent_id FROM payment");
  CHECK(till.signed_webhook(event_about(intent)).status == 200);
  // The provider's own events may have overtaken its answers, and then they were news.
  CHECK(till.sql("SELECT count(*) FROM provider_event WHERE event_id = 'evt_1'") == "0");
}

TEST_CASE("a capture that nobody knows of is found by the provider's webhook") {
  Till till;
  const auto order = new_order();
  CHECK(till.authorize(order, "pm_card_visa").status == 201);
  const auto intent = till.sql("SELECT intent_id FROM payment");
  CHECK(till.ask_provider("POST", "/v1/payment_intents/" + intent + "/capture").status == 200);
  CHECK(await([&] { return till.sql("SELECT status FROM payment") == "captured"; }));
}

TEST_CASE("a webhook that is wrong takes no money") {
  Till till;
  const auto order = new_order();
  CHECK(till.authorize(order, "pm_card_visa").status == 201);
  const auto intent = till.sql("SELECT intent_id FROM payment");
  CHECK(till.signed_webhook(event_about(intent)).status == 200);
  CHECK(await([&] { return till.sql("SELECT look_requested FROM payment") == "f"; }));
  CHECK(till.sql("SELECT status FROM payment") == "authorized");
  CHECK(parse(till.ask_provider("GET", "/v1/payment_intents/" + intent)).at("status") ==
        "requires_capture");
  CHECK(till.act(order, "capture").status == 200);
}
