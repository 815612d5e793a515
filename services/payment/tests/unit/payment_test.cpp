#include <support/catch.hpp>

#include "domain/payment.hpp"

using namespace payment;

TEST_CASE("a payment nobody decided owes an authorisation, unless it is wanted voided") {
  Payment payment;
  for (const auto status : {PaymentStatus::pending, PaymentStatus::unknown}) {
    payment.status = status;
    payment.void_requested = false;
    CHECK(payment.owed() == Owed::authorization);
    payment.void_requested = true;
    CHECK(payment.owed() == Owed::cancellation);
  }
}

TEST_CASE("a void goes before a capture or a look, and after it becomes a refund of the rest") {
  Payment payment;
  payment.status = PaymentStatus::authorized;
  CHECK(payment.owed() == Owed::nothing);
  payment.look_requested = true;
  CHECK(payment.owed() == Owed::look);
  payment.capture_requested = true;
  CHECK(payment.owed() == Owed::capture);
  payment.void_requested = true;
  CHECK(payment.owed() == Owed::cancellation);
  payment.status = PaymentStatus::captured;
  payment.captured_minor = 100;
  CHECK(payment.owed() == Owed::refund);
  payment.refund_pending_minor = 100;
  CHECK(payment.owed() == Owed::nothing);
}

TEST_CASE("every status has a name of its own") {
  using enum PaymentStatus;
  for (const auto status : {pending, unknown, authorized, captured, partially_refunded, refunded,
                            voided, declined}) {
    CHECK(parse_payment_status(name(status)) == status);
  }
  CHECK_FALSE(parse_payment_status("paid"));
}
