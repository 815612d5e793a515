#pragma once

#include <mercato/http/router.hpp>

#include "storage/pg_payment_store.hpp"

namespace payment::api {

/// What is held about one buyer, for the user service, which puts it together for that buyer. From
/// any thread; does not own the store.
class ExportHandlers {
 public:
  explicit ExportHandlers(storage::PgPaymentStore& payments) : payments_(payments) {}

  /// The buyer's payments for the orders of `order_ids`, in that order; another's are left out.
  [[nodiscard]] mercato::http::Answer export_payments(const mercato::http::Request& request);

 private:
  storage::PgPaymentStore& payments_;
};

}  // namespace payment::api
