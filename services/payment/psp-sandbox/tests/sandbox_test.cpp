#include <support/catch.hpp>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <future>
#include <map>
#include <string>
#include <vector>

#include <mercato/crypto/crypto.hpp>
#include <support/await.hpp>

#include "merchant.hpp"

using namespace std::chrono_literals;
using mercato::test::await;
using psp::test::Merchant;
using psp::test::parse;

namespace {

std::string error_code(const psp::test::HttpAnswer& answer) {
  return parse(answer).at("error").value("code", "");
}

}  // namespace

TEST_CASE("a card is authorised, captured and refunded, and never beyond what was captured",
          "[psp]") {
  Merchant merchant;
  const auto id = merchant.new_intent("pm_card_visa");
  CHECK(merchant.status(id) == "requires_confirmation");

  const auto confirmed = merchant.post("/payment_intents/" + id + "/confirm",
                                       "error_on_requires_action=true&expand[]=latest_charge");
  REQUIRE(confirmed.status == 200);
  const auto intent = parse(confirmed);
  CHECK(intent.at("status") == "requires_capture");
  CHECK(intent.at("amount_capturable") == 1999);
  CHECK(intent.at("latest_charge").at("payment_method_details").at("card").at("last4") == "4242");

  const auto captured = parse(merchant.post("/payment_intents/" + id + "/capture"));
  CHECK(captured.at("status") == "succeeded");
  CHECK(captured.at("amount_received") == 1999);
  CHECK(error_code(merchant.post("/payment_intents/" + id + "/capture")) ==
        "payment_intent_unexpected_state");

  const auto refund = parse(merchant.post("/refunds", "payment_intent=" + id + "&amount=999"));
  CHECK(refund.at("status") == "succeeded");
  CHECK(parse(merchant.get("/refunds/" + refund.at("id").get<std::string>())) == refund);
  CHECK(merchant.post("/refunds", "payment_intent=" + id + "&amount=1001").status == 400);
  CHECK(merchant.post("/refunds", "payment_intent=" + id).status == 200);
  CHECK(error_code(merchant.post("/refunds", "payment_intent=" + id)) == "charge_already_refunded");
  CHECK(parse(merchant.get("/refunds?payment_intent=" + id)).at("data").size() == 2);
  CHECK(await([&] {
    return merchant.events_of(id) ==
           std::vector<std::string>{"payment_intent.amount_capturable_updated",
                                    "payment_intent.succeeded", "charge.refunded",
                                    "charge.refunded"};
  }));
}

TEST_CASE("a bank takes a charge back, and the dispute is won or lost", "[psp]") {
  Merchant merchant;
  const auto id = merchant.new_intent("pm_card_visa");
  const auto form = "payment_intent=" + id;
  CHECK(merchant.post("/test_helpers/disputes", form).status == 400);  // nothing was taken
  merchant.post("/payment_intents/" + id + "/confirm");
  merchant.post("/payment_intents/" + id + "/capture");
  CHECK(merchant.post("/test_helpers/disputes", form + "&amount=2000").status == 400);

  const auto opened = parse(merchant.post("/test_helpers/disputes", form));
  CHECK(opened.at("status") == "needs_response");
  CHECK(opened.at("balance_transactions").at(0).at("net") == -1999);
  const auto path = "/disputes/" + opened.at("id").get<std::string>();
  CHECK(parse(merchant.post(path, "submit=true")).at("status") == "under_review");
  merchant.kill_and_restart();
  CHECK(parse(merchant.get(path)).at("status") == "under_review");

  const auto won = parse(merchant.post("/test_helpers" + path + "/win"));
  CHECK(won.at("status") == "won");
  CHECK(won.at("balance_transactions").at(1).at("net") == 1999);
  CHECK(merchant.post(path + "/close").status == 400);
  CHECK(await([&] {
    const auto events = merchant.events_of(id);
    return std::count(events.begin(), events.end(), "charge.dispute.funds_reinstated") == 1 &&
           std::count(events.begin(), events.end(), "charge.dispute.created") == 1;
  }));
}

TEST_CASE("what a bank has left of a charge can be refunded when it has decided", "[psp]") {
  Merchant merchant;
  const auto id = merchant.new_intent("pm_card_visa");
  const auto form = "payment_intent=" + id;
  merchant.post("/payment_intents/" + id + "/confirm");
  merchant.post("/payment_intents/" + id + "/capture");
  const auto opened = parse(merchant.post("/test_helpers/disputes", form + "&amount=999"));
  CHECK(error_code(merchant.post("/refunds", form + "&amount=1")) == "charge_disputed");
  merchant.post("/disputes/" + opened.at("id").get<std::string>() + "/close");
  CHECK(merchant.post("/refunds", form + "&amount=1001").status == 400);
  CHECK(merchant.post("/refunds", form + "&amount=1000").status == 200);
  CHECK(error_code(merchant.post("/refunds", form + "&amount=1")) == "charge_disputed");
}

TEST_CASE("banks take back what was refunded too, and together no more than was taken", "[psp]") {
  Merchant merchant;
  const auto id = merchant.new_intent("pm_card_visa");
  const auto form = "payment_intent=" + id;
  merchant.post("/payment_intents/" + id + "/confirm");
  merchant.post("/payment_intents/" + id + "/capture");
  merchant.post("/refunds", form + "&amount=1999");
  const auto dispute = [&](const std::string& amount) {
    return merchant.post("/test_helpers/disputes", form + "&amount=" + amount);
  };
  const auto path = [](const auto& opened) {
    return "/disputes/" + parse(opened).at("id").template get<std::string>();
  };
  const auto lost = dispute("1000");
  REQUIRE(lost.status == 200);
  merchant.post(path(lost) + "/close");
  const auto won = dispute("999");
  CHECK(dispute("1").status == 400);
  merchant.post("/test_helpers" + path(won) + "/win");
  CHECK(dispute("1000").status == 400);
  CHECK(dispute("999").status == 200);
}

TEST_CASE("disputes are listed like everything else, of one payment or of all", "[psp]") {
  Merchant merchant;
  const auto captured = [&] {
    const auto id = merchant.new_intent("pm_card_visa");
    merchant.post("/payment_intents/" + id + "/confirm");
    merchant.post("/payment_intents/" + id + "/capture");
    return id;
  };
  const auto dispute = [&](const std::string& intent) {
    return parse(merchant.post("/test_helpers/disputes", "payment_intent=" + intent +
                                                             "&amount=100"))
        .at("id")
        .get<std::string>();
  };
  const auto id = captured();
  const auto oldest = dispute(id);
  const auto other = dispute(captured());
  const auto newest = dispute(id);
  merchant.post("/disputes/" + oldest + "/close");
  merchant.kill_and_restart();

  const auto page = parse(merchant.get("/disputes?limit=1&payment_intent=" + id));
  CHECK(page.at("has_more") == true);
  CHECK(page.at("data").at(0).at("id") == newest);
  const auto rest = parse(
      merchant.get("/disputes?limit=1&payment_intent=" + id + "&starting_after=" + newest));
  CHECK(rest.at("has_more") == false);
  CHECK(rest.at("data").at(0) == parse(merchant.get("/disputes/" + oldest)));
  CHECK(rest.at("data").at(0).at("status") == "lost");
  CHECK(parse(merchant.get("/disputes")).at("data").size() == 3);
  CHECK(parse(merchant.get("/disputes?limit=100")).at("data").at(1).at("id") == other);
  CHECK(parse(merchant.get("/disputes?payment_intent=pi_nobody")).at("data").empty());
  CHECK(merchant.get("/disputes?starting_after=dp_nobody").status == 404);
}

TEST_CASE("a payment that was let go of cannot be confirmed or captured any more", "[psp]") {
  Merchant merchant;
  const auto id = merchant.new_intent("pm_card_mastercard");
  merchant.post("/payment_intents/" + id + "/confirm");
  CHECK(parse(merchant.post("/payment_intents/" + id + "/cancel")).at("status") == "canceled");
  for (const auto* verb : {"/confirm", "/capture", "/cancel"}) {
    const auto answer = merchant.post("/payment_intents/" + id + verb);
    CHECK(answer.status == 400);
    CHECK(error_code(answer) == "payment_intent_unexpected_state");
    CHECK(parse(answer).at("error").at("payment_intent").at("status") == "canceled");
  }
}

TEST_CASE("any card that is not known is declined, with the state of the payment", "[psp]") {
  Merchant merchant;
  const std::map<std::string, std::string> expected{
      {"pm_card_chargeDeclined", "generic_decline"},
      {"pm_card_chargeDeclinedInsufficientFunds", "insufficient_funds"},
      {"pm_card_authenticationRequired", "authentication_required"},
      {"pm_unheard_of", "generic_decline"}};
  for (const auto& [token, decline_code] : expected) {
    const auto id = merchant.new_intent(token);
    const auto answer = merchant.post("/payment_intents/" + id + "/confirm");
    CHECK(answer.status == 402);
    const auto error = parse(answer).at("error");
    CHECK(error.at("type") == "card_error");
    CHECK(error.at("decline_code") == decline_code);
    CHECK(error.at("payment_intent").at("status") == "requires_payment_method");
    CHECK(merchant.intent(id).at("last_payment_error").at("decline_code") == decline_code);
    CHECK(await([&] {
      return merchant.events_of(id) == std::vector<std::string>{"payment_intent.payment_failed"};
    }));
  }
}

TEST_CASE("the same key gets the first answer again, failures included", "[psp]") {
  Merchant merchant;
  const std::string form = "amount=500&currency=gbp&payment_method=pm_card_visa";
  const auto first = merchant.post("/payment_intents", form, "key-1");
  const auto second = merchant.post("/payment_intents", form, "key-1");
  CHECK(second.body == first.body);
  CHECK(second.header("Idempotent-Replayed") == "true");
  const auto other = merchant.post("/payment_intents", form + "&capture_method=manual", "key-1");
  CHECK(other.status == 400);
  CHECK(parse(other).at("error").at("type") == "idempotency_error");

  const auto id = merchant.new_intent("pm_fault_error_then_ok");
  const auto confirm = [&](const std::string& key) {
    return merchant.post("/payment_intents/" + id + "/confirm", "", key).status;
  };
  CHECK(confirm("a") == 500);
  CHECK(confirm("a") == 500);  // replayed: nothing was tried
  CHECK(confirm("b") == 500);
  CHECK(confirm("c") == 200);
  CHECK(confirm("a") == 500);
  CHECK(merchant.status(id) == "requires_capture");
}

TEST_CASE("a request that is refused for what it says leaves its key free", "[psp]") {
  Merchant merchant;
  CHECK(merchant.post("/payment_intents", "amount=1.5&currency=gbp", "k").status == 400);
  CHECK(merchant.post("/payment_intents", "amount=15&currency=gbp", "k").status == 200);
}

TEST_CASE("a slow provider answers after three seconds and holds up nobody else", "[psp]") {
  Merchant merchant;
  const auto id = merchant.new_intent("pm_fault_slow");
  const auto began = std::chrono::steady_clock::now();
  auto slow = std::async(std::launch::async, [&] {
    return parse(merchant.post("/payment_intents/" + id + "/confirm")).at("status");
  });
  CHECK(await([&] { return merchant.status(id) == "requires_capture"; }, 2s));
  CHECK(slow.get() == "requires_capture");
  CHECK(std::chrono::steady_clock::now() - began >= 2900ms);
}

TEST_CASE("a lost answer: never given, but later reads tell the truth", "[psp]") {
  Merchant merchant;
  const auto id = merchant.new_intent("pm_fault_timeout");
  CHECK(merchant.post("/payment_intents/" + id + "/confirm", "", "k", 500ms).status == 0);
  CHECK(merchant.status(id) == "requires_capture");
  CHECK(error_code(merchant.post("/payment_intents/" + id + "/confirm")) ==
        "payment_intent_unexpected_state");
  CHECK(parse(merchant.post("/payment_intents/" + id + "/capture")).at("status") == "succeeded");
}

TEST_CASE("an authorisation that only a webhook tells of", "[psp]") {
  Merchant merchant;
  const auto id = merchant.new_intent("pm_fault_webhook_only");
  CHECK(merchant.post("/payment_intents/" + id + "/confirm", "", "k").status == 500);
  CHECK(merchant.post("/payment_intents/" + id + "/confirm", "", "k").status == 500);
  CHECK(merchant.post("/payment_intents/" + id + "/confirm").status == 500);
  CHECK(await([&] {
    return merchant.events_of(id) ==
           std::vector<std::string>{"payment_intent.amount_capturable_updated"};
  }));
}

TEST_CASE("webhooks are signed over time and body", "[psp]") {
  Merchant merchant;
  const auto id = merchant.new_intent("pm_card_visa");
  merchant.post("/payment_intents/" + id + "/confirm");
  REQUIRE(await([&] { return !merchant.webhooks().empty(); }));
  const auto webhook = merchant.webhooks().front();
  const auto signature = webhook.header("Stripe-Signature");
  const auto comma = signature.find(",v1=");
  REQUIRE(comma != std::string::npos);
  CHECK(signature.substr(comma + 4) ==
        mercato::crypto::to_hex(mercato::crypto::hmac_sha256(
            Merchant::kSecret, signature.substr(2, comma - 2) + "." + webhook.body)));
}

TEST_CASE("everything answered survives a kill, undelivered webhooks included", "[psp]") {
  Merchant merchant;
  merchant.refuse_webhooks(true);
  const auto id = merchant.new_intent("pm_card_visa");
  const auto confirmed = merchant.post("/payment_intents/" + id + "/confirm", "", "confirm");
  merchant.post("/payment_intents/" + id + "/capture");
  const auto refunded = merchant.post("/refunds", "payment_intent=" + id + "&amount=5", "refund");
  const auto intent = merchant.intent(id);
  {
    merchant.process().kill();
    std::ofstream(merchant.journal(), std::ios::app) << R"({"intent":{"id":"pi_torn)";
  }
  merchant.refuse_webhooks(false);
  merchant.process().start();

  CHECK(merchant.intent(id) == intent);
  CHECK(merchant.post("/payment_intents/" + id + "/confirm", "", "confirm").body == confirmed.body);
  CHECK(merchant.post("/refunds", "payment_intent=" + id + "&amount=5", "refund").body ==
        refunded.body);
  CHECK(merchant.new_intent("pm_card_visa") != id);
  CHECK(await([&] { return merchant.events_of(id).size() == 3; }));
  merchant.kill_and_restart();
  CHECK(merchant.intent(id) == intent);
}

TEST_CASE("a payment is found by its order", "[psp]") {
  Merchant merchant;
  const auto first = merchant.new_intent("pm_card_visa");
  const auto second = merchant.new_intent("pm_card_visa");
  static_cast<void>(merchant.new_intent("pm_card_mastercard"));
  const auto found =
      parse(merchant.get("/payment_intents?metadata%5Border_id%5D=order-of-pm_card_visa"));
  CHECK(found.at("data").size() == 2);
  CHECK(parse(merchant.get("/payment_intents?metadata[order_id]=nobody")).at("data").empty());
  CHECK(parse(merchant.get("/payment_intents?limit=2")).at("has_more") == true);
}

TEST_CASE("a list goes on after the one that is named", "[psp]") {
  Merchant merchant;
  std::vector<std::string> made;
  for (int i = 0; i < 5; ++i) made.push_back(merchant.new_intent("pm_card_visa"));
  static_cast<void>(merchant.new_intent("pm_card_mastercard"));
  std::vector<std::string> found;
  std::string after;
  bool goes_on = true;
  while (goes_on && found.size() < made.size()) {
    const auto page = parse(merchant.get(
        "/payment_intents?metadata%5Border_id%5D=order-of-pm_card_visa&limit=2" + after));
    for (const auto& each : page.at("data")) found.push_back(each.at("id"));
    goes_on = page.at("has_more");
    after = "&starting_after=" + found.back();
  }
  CHECK_FALSE(goes_on);
  CHECK(found == std::vector<std::string>(made.rbegin(), made.rend()));
  CHECK(merchant.get("/payment_intents?starting_after=pi_nobody").status == 404);
}

TEST_CASE("without the key nobody is served, in either way of showing it", "[psp]") {
  Merchant merchant;
  const auto call = [&](const std::string& authorization) {
    return merchant.process()
        .call({.target = "/v1/payment_intents", .headers = {{"Authorization", authorization}}})
        .status;
  };
  CHECK(call("") == 401);
  CHECK(call("Bearer sk_test_other") == 401);
  CHECK(call(std::string("Bearer ") + Merchant::kKey) == 200);
  CHECK(call("Basic " + mercato::crypto::base64(std::string(Merchant::kKey) + ":")) == 200);
}
