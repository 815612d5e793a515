#include <string>
#include <vector>

#include <support/catch.hpp>

#include "clients/provider_json.hpp"

namespace {

using payment::CardDeclined;
using payment::Intent;
using payment::IntentStatus;
using payment::NoAnswer;
using payment::NoSuchRefund;
using payment::ProviderRefund;
using payment::RequestRefused;
using namespace payment::clients;
namespace http = mercato::http;

http::Outcome said(int status, std::string body) {
  http::Response response;
  response.status = status;
  response.body = std::move(body);
  return http::Answered{std::move(response)};
}

ListPage page_of(const std::string& body) {
  return std::get<ListPage>(read_list_page(said(200, body)));
}

}  // namespace

TEST_CASE("an intent is read with the card of its charge") {
  const auto answer = read_intent_answer(said(200, R"({"id":"pi_1","status":"requires_capture",
    "latest_charge":{"payment_method_details":{"card":{"brand":"visa","last4":"4242"}}}})"));
  const auto* intent = std::get_if<Intent>(&answer);
  REQUIRE(intent != nullptr);
  CHECK(intent->status == IntentStatus::requires_capture);
  REQUIRE(intent->card);
  CHECK(intent->card->last4 == "4242");
}

TEST_CASE("only a card error is a decline") {
  const auto answer = read_intent_answer(said(402, R"({"error":{"type":"card_error",
    "code":"card_declined","decline_code":"insufficient_funds"}})"));
  const auto* declined = std::get_if<CardDeclined>(&answer);
  REQUIRE(declined != nullptr);
  CHECK(declined->decline_code == "insufficient_funds");

  const auto state = read_intent_answer(
      said(400, R"({"error":{"type":"invalid_request_error","code":"unexpected_state"}})"));
  CHECK(std::holds_alternative<RequestRefused>(state));
}

TEST_CASE("a rotated key, a throttle, a bug and a lost answer are no answer") {
  for (const int status : {401, 403, 404, 409, 429, 500, 503}) {
    INFO(status);
    CHECK(std::holds_alternative<NoAnswer>(read_intent_answer(said(status, R"({"error":{}})"))));
  }
  CHECK(std::holds_alternative<NoAnswer>(read_intent_answer(said(200, "<html>"))));
  CHECK(std::holds_alternative<NoAnswer>(read_intent_answer(said(200, R"({"id":"pi_1"})"))));
  CHECK(std::holds_alternative<NoAnswer>(read_intent_answer(http::Unknown{"timeout"})));
}

TEST_CASE("what something between us and the provider says is not the provider's word") {
  const auto by_itself = [](int status) {
    return std::get<NoAnswer>(read_refund_answer(said(status, "{}"))).by_itself;
  };
  CHECK(by_itself(500));
  CHECK(by_itself(503));
  CHECK_FALSE(by_itself(502));
  CHECK_FALSE(by_itself(504));
}

TEST_CASE("a refund is found by our id in the list of an intent's refunds") {
  const auto list = page_of(R"({"data":[
    {"id":"re_1","status":"failed","metadata":{"refund_id":"a"}},
    {"id":"re_2","status":"succeeded","metadata":{"refund_id":"b"}}]})");
  const auto found = find_in_refunds(list, "b");
  const auto* refund = std::get_if<ProviderRefund>(&found);
  REQUIRE(refund != nullptr);
  CHECK(refund->id == "re_2");
  CHECK(refund->status == payment::RefundStatus::succeeded);
  CHECK(std::holds_alternative<NoSuchRefund>(find_in_refunds(list, "c")));
}

TEST_CASE("a list says whether it goes on, and after which of them") {
  CHECK(page_of(R"({"data":[{"id":"re_1"},{"id":"re_2"}],"has_more":true})").last == "re_2");
  CHECK(page_of(R"({"data":[{"id":"re_1"}],"has_more":false})").last.empty());
  CHECK(page_of(R"({"data":[]})").last.empty());
  for (const auto* body : {R"({"data":[],"has_more":true})", R"({"data":[{}],"has_more":true})",
                           R"({"has_more":false})", "[]"}) {
    INFO(body);
    CHECK(std::holds_alternative<NoAnswer>(read_list_page(said(200, body))));
  }
}

TEST_CASE("a list of disputes tells which there are, and all of them or nothing") {
  const auto listed = disputes_in(page_of(R"({"data":[{"id":"dp_1","status":"lost"}]})"));
  const auto& disputes = std::get<std::vector<payment::ListedDispute>>(listed);
  REQUIRE(disputes.size() == 1);
  CHECK(disputes[0].provider_id == "dp_1");
  CHECK(disputes[0].status == "lost");
  CHECK(std::holds_alternative<NoAnswer>(
      disputes_in(page_of(R"({"data":[{"id":"dp_1","status":"lost"},{"status":"won"}]})"))));
}

TEST_CASE("where disputed money is, the balance tells") {
  const auto money = [](const std::string& status, const std::string& transactions) {
    const auto answer = read_dispute_answer(
        said(200, R"({"id":"dp_1","amount":1250,"reason":"fraudulent","status":")" + status +
                      R"(","balance_transactions":)" + transactions + "}"));
    return std::get<payment::ProviderDispute>(answer).money;
  };
  using payment::DisputedMoney;
  CHECK(money("warning_needs_response", "[]") == DisputedMoney::kept);
  CHECK(money("needs_response", R"([{"amount":-1250}])") == DisputedMoney::withdrawn);
  CHECK(money("lost", R"([{"amount":-1250}])") == DisputedMoney::lost);
  CHECK(money("won", R"([{"amount":-1250},{"amount":1250}])") == DisputedMoney::reinstated);
}

TEST_CASE("a dispute without an amount or a status cannot be used") {
  for (const auto* body : {"{}", R"({"status":"won"})", R"({"status":"won","amount":0})",
                           R"({"amount":1250})", R"({"status":"won","amount":"1250"})"}) {
    INFO(body);
    CHECK(std::holds_alternative<NoAnswer>(read_dispute_answer(said(200, body))));
  }
  CHECK(std::holds_alternative<NoAnswer>(
      read_dispute_answer(said(404, R"({"error":{"type":"invalid_request_error"}})"))));
}
