#include "domain/recent_payments.hpp"

#include <support/catch.hpp>

using namespace payment;

namespace {

Payment a_payment(const std::string& intent, PaymentStatus status = PaymentStatus::authorized) {
  Payment payment;
  payment.order = OrderId::make();
  payment.intent = intent;
  payment.status = status;
  return payment;
}

}  // namespace

TEST_CASE("a settled payment is found by its order and by its intent") {
  RecentPayments recent(10);
  const auto payment = a_payment("pi_1");
  recent.keep(payment);
  REQUIRE(recent.find(payment.order));
  CHECK(recent.find(payment.order)->intent == "pi_1");
  CHECK(recent.status_of("pi_1") == PaymentStatus::authorized);
  CHECK_FALSE(recent.status_of("pi_2"));
}

TEST_CASE("a payment that owes something is not remembered, and not any more") {
  RecentPayments recent(10);
  auto payment = a_payment("pi_1");
  recent.keep(payment);
  payment.capture_requested = true;
  recent.keep(payment);
  CHECK_FALSE(recent.find(payment.order));
  CHECK_FALSE(recent.status_of("pi_1"));
}

TEST_CASE("a payment is forgotten when asked to, and when others push it out") {
  RecentPayments recent(2);
  const auto first = a_payment("pi_1");
  recent.keep(first);
  recent.forget(first.order);
  CHECK_FALSE(recent.find(first.order));

  const auto second = a_payment("pi_2");
  recent.keep(second);
  recent.keep(a_payment("pi_3"));
  recent.keep(a_payment("pi_4"));
  CHECK_FALSE(recent.find(second.order));
  CHECK(recent.status_of("pi_4"));
}
