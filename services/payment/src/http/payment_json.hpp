#pragma once

#include <mercato/json/json.hpp>

#include "domain/payment.hpp"
#include "storage/pg_ledger.hpp"

namespace payment::api {

using Json = mercato::json::Value;

[[nodiscard]] Json to_json(const Money& money);
[[nodiscard]] Json to_json(const Payment& payment);
[[nodiscard]] Json to_json(const Refund& refund);
[[nodiscard]] Json to_json(const storage::LedgerEntry& entry);

}  // namespace payment::api
