#pragma once

#include <mercato/http/router.hpp>

#include "storage/pg_ledger.hpp"

namespace payment::api {

/// The books, for admins. From any thread.
class LedgerHandlers {
 public:
  explicit LedgerHandlers(storage::PgLedger& ledger) : ledger_(ledger) {}

  [[nodiscard]] mercato::http::Answer get_balances(const mercato::http::Request& request);
  [[nodiscard]] mercato::http::Answer list_ledger_entries(const mercato::http::Request& request);

 private:
  storage::PgLedger& ledger_;
};

}  // namespace payment::api
