#include "clients/http_payment.hpp"

#include <string>
#include <variant>

#include <support/catch.hpp>
#include <support/http_peer.hpp>

using namespace order;
using mercato::test::HttpPeer;
using mercato::test::PeerAnswer;
using mercato::test::PeerRequest;

namespace {

/// What becomes of an authorise that payment answers so.
PaymentGateway::Authorization authorize(int status, const std::string& body) {
  HttpPeer peer([&](const PeerRequest&) { return PeerAnswer{status, body}; });
  clients::HttpPayment payments({.name = "payment", .base_urls = {peer.url()}});
  Order order;
  order.id = OrderId::make();
  order.user = UserId::make();
  order.total = Money{2500, "GBP"};
  return payments.authorize(order, "pm_card_visa", mercato::Deadline::never());
}

}  // namespace

TEST_CASE("an authorise that is repeated is told of whatever became of the money since",
          "[http_payment]") {
  const auto id = PaymentId::make();
  const std::string status =
      GENERATE(as<std::string>(), "authorized", "captured", "partially_refunded", "refunded");
  INFO(status);
  const auto answer =
      authorize(200, R"({"id":")" + id.str() + R"(","status":")" + status + R"("})");
  REQUIRE(std::holds_alternative<PaymentGateway::Authorized>(answer));
  CHECK(std::get<PaymentGateway::Authorized>(answer).id == id);
}

TEST_CASE("a status that is not in the contract is no answer", "[http_payment]") {
  const auto id = PaymentId::make().str();
  CHECK(std::holds_alternative<NoAnswer>(
      authorize(200, R"({"id":")" + id + R"(","status":"voided"})")));
  CHECK(std::holds_alternative<NoAnswer>(authorize(200, R"({"status":"authorized"})")));
}

TEST_CASE("a payment that was withdrawn is not authorised", "[http_payment]") {
  CHECK(std::holds_alternative<Withdrawn>(authorize(409, R"({"code":"illegal_transition"})")));
}
