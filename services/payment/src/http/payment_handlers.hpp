#pragma once

#include <mercato/http/router.hpp>

#include "storage/pg_payment_store.hpp"

namespace payment::api {

/// Payments, for their owners and admins. From any thread.
class PaymentHandlers {
 public:
  explicit PaymentHandlers(storage::PgPaymentStore& payments) : payments_(payments) {}

  [[nodiscard]] mercato::http::Answer get_payment(const mercato::http::Request& request);
  [[nodiscard]] mercato::http::Answer list_payments(const mercato::http::Request& request);

 private:
  storage::PgPaymentStore& payments_;
};

}  // namespace payment::api
