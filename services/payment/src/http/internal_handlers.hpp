#pragma once

#include <mercato/http/router.hpp>

#include "domain/payment_operations.hpp"

namespace payment::api {

/// What the order service asks for. 202 says that the provider's answer is not known yet: ask
/// again. From any thread.
class InternalHandlers {
 public:
  explicit InternalHandlers(PaymentOperations& payments) : payments_(payments) {}

  [[nodiscard]] mercato::http::Answer authorize_payment(const mercato::http::Request& request);
  [[nodiscard]] mercato::http::Answer capture_payment(const mercato::http::Request& request);
  [[nodiscard]] mercato::http::Answer void_payment(const mercato::http::Request& request);
  [[nodiscard]] mercato::http::Answer refund_payment(const mercato::http::Request& request);

 private:
  PaymentOperations& payments_;
};

}  // namespace payment::api
