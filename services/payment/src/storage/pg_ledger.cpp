#include "storage/pg_ledger.hpp"

#include <mercato/log/log.hpp>

namespace payment::storage {
namespace {

// Some 50 ms of work.
constexpr int kCountedAtOnce = 20'000;

}  // namespace

// The checkpoint and what was posted since, read as of one moment.
constexpr db::Statement kBalances{"ledger_balances", R"(
  SELECT account, currency, balance::text
    FROM (SELECT currency, sum(provider_holds) AS provider_holds,
                 sum(customer_holds) AS customer_holds,
                 sum(provider_receivable) AS provider_receivable, sum(sales) AS sales,
                 sum(disputed) AS disputed, sum(dispute_losses) AS dispute_losses
            FROM (SELECT currency, provider_holds, customer_holds, provider_receivable, sales,
                         disputed, dispute_losses
                    FROM ledger_checkpoint
                   UNION ALL
                  SELECT currency, provider_holds, customer_holds, provider_receivable, sales,
                         disputed, dispute_losses
                    FROM ledger_journal WHERE id > (SELECT ledger_counted_up_to())) AS posted
           GROUP BY currency) AS total
   CROSS JOIN LATERAL (VALUES
           ('provider_holds', provider_holds), ('customer_holds', customer_holds),
           ('provider_receivable', provider_receivable), ('sales', sales),
           ('disputed', disputed), ('dispute_losses', dispute_losses)
         ) AS line (account, balance)
   ORDER BY currency, account)"};

std::vector<Balance> PgLedger::balances() {
  std::vector<Balance> balances;
  for (const auto& row : pool_.execute(kBalances)) {
    balances.push_back(
        {db::text(row, "account"), db::text(row, "currency"), db::text(row, "balance")});
  }
  return balances;
}

// A journal's id tells when it was written, by the database's clock, which may be off by hours.
constexpr db::Statement kAdvanceCheckpoint{
    "advance_ledger_checkpoint", "SELECT advance_ledger_checkpoint('1 day', $1) AS counted"};

bool PgLedger::advance_checkpoint() {
  try {
    const auto rows = pool_.execute(kAdvanceCheckpoint, kCountedAtOnce);
    return db::integer(rows[0], "counted") == kCountedAtOnce;
  } catch (const db::ConstraintViolation& violation) {
    if (violation.constraint() != "checkpoint_sums_to_zero") throw;
    mercato::log::error("the ledger does not sum to zero, its checkpoint stays where it is");
    return false;
  }
}

// An entry's id is its journal's with another last digit, so that journals can be walked by their
// index.
constexpr db::Statement kEntries{"ledger_entries", R"(
  SELECT id, journal_id, order_id, account, currency, amount, at FROM ledger_line
   WHERE id < coalesce($1::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
     AND journal_id <= overlay(coalesce($1::text, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
                               PLACING 'f' FROM 36)::uuid
   ORDER BY journal_id DESC, id DESC LIMIT $2)"};

constexpr db::Statement kEntriesOfOrder{"ledger_entries_of_order", R"(
  SELECT id, journal_id, order_id, account, currency, amount, at FROM ledger_line
   WHERE order_id = $1 AND id < coalesce($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
   ORDER BY journal_id DESC, id DESC LIMIT $3)"};

std::vector<LedgerEntry> PgLedger::entries(std::optional<OrderId> order,
                                           std::optional<EntryId> before, std::size_t limit) {
  const auto rows = order ? pool_.execute(kEntriesOfOrder, *order, before, limit)
                          : pool_.execute(kEntries, before, limit);
  std::vector<LedgerEntry> entries;
  for (const auto& row : rows) {
    entries.push_back({db::id<EntryId>(row, "id"), db::uuid(row, "journal_id"),
                       db::id<OrderId>(row, "order_id"), db::text(row, "account"),
                       {db::integer(row, "amount"), db::text(row, "currency")},
                       db::timestamp(row, "at")});
  }
  return entries;
}

constexpr db::Statement kMistakes{"ledger_mistakes", R"(
  SELECT 'journal ' || journal_id || ' does not sum to zero in ' || currency AS mistake
    FROM ledger_line GROUP BY journal_id, currency HAVING sum(amount) <> 0
  UNION ALL
  SELECT 'the ledger does not sum to zero in ' || currency
    FROM ledger_line GROUP BY currency HAVING sum(amount) <> 0
  UNION ALL
  SELECT 'the checkpoint in ' || currency || ' is not what its journals come to'
    FROM ledger_checkpoint
    FULL JOIN (SELECT currency, sum(provider_holds) AS holds, sum(sales) AS sold,
                      sum(disputed) AS contested, sum(dispute_losses) AS lost
                 FROM ledger_journal WHERE id <= ledger_counted_up_to() GROUP BY currency
              ) AS counted USING (currency)
   WHERE (provider_holds, sales, disputed, dispute_losses)
         IS DISTINCT FROM (holds, sold, contested, lost)
  UNION ALL
  SELECT 'payment ' || p.id || ' took ' || p.captured || ' and gave back ' || p.refunded
         || ', the ledger says ' || coalesce(l.net, 0) || ' in all'
    FROM payment AS p
    LEFT JOIN (SELECT order_id, sum(amount) AS net FROM ledger_line
                WHERE account IN ('provider_receivable', 'disputed', 'dispute_losses')
                GROUP BY order_id) AS l USING (order_id)
   WHERE coalesce(l.net, 0) <> p.captured - p.refunded)"};

std::vector<std::string> PgLedger::mistakes() {
  std::vector<std::string> mistakes;
  for (const auto& row : pool_.execute(kMistakes)) mistakes.push_back(db::text(row, "mistake"));
  return mistakes;
}

}  // namespace payment::storage
