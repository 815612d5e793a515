#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <mercato/clock/clock.hpp>
#include <mercato/db/pool.hpp>

#include "domain/ids.hpp"
#include "domain/money.hpp"

namespace payment::storage {

namespace db = mercato::db;

using EntryId = mercato::Id<struct EntryTag>;

struct Balance {
  std::string account;
  std::string currency;
  std::string minor;  // an integer, of as many digits as it takes: a sum is bounded by nothing
};

struct LedgerEntry {
  EntryId id;
  mercato::Uuid journal;
  OrderId order;
  std::string account;
  Money amount;  // signed: a debit is positive
  mercato::Timestamp at{};
};

/// The ledger, to be read; triggers write it. From any thread.
class PgLedger {
 public:
  explicit PgLedger(db::Pool& pool) : pool_(pool) {}

  [[nodiscard]] std::vector<Balance> balances();
  /// Counts a batch of what is older than a day, so that balances() adds up what came since only.
  /// True if there may be more. It never passes a journal that does not sum to zero.
  [[nodiscard]] bool advance_checkpoint();
  /// Newest first.
  [[nodiscard]] std::vector<LedgerEntry> entries(std::optional<OrderId> order,
                                                 std::optional<EntryId> before,
                                                 std::size_t limit);
  /// What is wrong with it, one sentence each; nothing if all is well.
  [[nodiscard]] std::vector<std::string> mistakes();

 private:
  db::Pool& pool_;
};

}  // namespace payment::storage
