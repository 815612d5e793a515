#pragma once

#include <mercato/http/router.hpp>

#include "storage/pg_ledger.hpp"
#include "storage/pg_payment_store.hpp"

namespace payment::api {

/// Payments for their owners and admins, the ledger for admins. From any thread.
class PublicHandlers {
 public:
  PublicHandlers(storage::PgPaymentStore& payments, storage::PgLedger& ledger)
      : payments_(payments), ledger_(ledger) {}

  [[nodiscard]] mercato::http::Answer get_payment(const mercato::http::Request& request);
  [[nodiscard]] mercato::http::Answer list_payments(const mercato::http::Request& request);
  [[nodiscard]] mercato::http::Answer get_balances(const mercato::http::Request& request);
  [[nodiscard]] mercato::http::Answer list_ledger_entries(const mercato::http::Request& request);

 private:
  storage::PgPaymentStore& payments_;
  storage::PgLedger& ledger_;
};

}  // namespace payment::api
