#include "storage/figures.hpp"

namespace payment::storage {

namespace db = mercato::db;

// Not of every journal there ever was: what the checkpoint counted summed to zero then, or it would
// not have been counted. Whether it still does is for `ledger check`, which reads all of them.
constexpr db::Statement kLedgerImbalance{"sum_ledger_imbalance", R"(
  SELECT coalesce(sum(abs(total)), 0)::bigint AS value
    FROM (SELECT sum(total) AS total
            FROM (SELECT currency, provider_holds + customer_holds + provider_receivable + sales
                                     + disputed + dispute_losses AS total
                    FROM ledger_checkpoint
                   UNION ALL
                  SELECT currency, sum(provider_holds + customer_holds + provider_receivable + sales
                                         + disputed + dispute_losses)
                    FROM ledger_journal WHERE id > (SELECT ledger_counted_up_to())
                   GROUP BY currency) AS posted
           GROUP BY currency) AS per_currency)"};
constexpr db::Statement kOwedPayments{
    "count_owed_payments",
    "SELECT count(*) AS value FROM payment WHERE owes AND NOT is_with_the_bank(payment)"};
constexpr db::Statement kOldestOwed{"age_owed_payments", R"(
  SELECT coalesce(extract(epoch FROM now() - min(since)), 0)::bigint AS value
    FROM (SELECT min(updated_at) AS since FROM payment
           WHERE owes AND NOT is_with_the_bank(payment)
          UNION ALL
          SELECT min(created_at) FROM refund WHERE status = 'pending') AS owed)"};

constexpr db::Statement kOwedRefunds{
    "count_owed_refunds", "SELECT count(*) AS value FROM refund WHERE status = 'pending'"};
constexpr db::Statement kOpenDisputes{
    "count_open_disputes", "SELECT count(*) AS value FROM dispute WHERE money = 'withdrawn'"};

std::vector<mercato::process::Figure> figures() {
  return {
      {"payment_ledger_imbalance", "Minor units by which the ledger does not sum to zero.",
       nullptr, kLedgerImbalance, std::chrono::minutes(5)},
      {"payment_owed_payments", "Payments that the provider has still to be asked about.",
       nullptr, kOwedPayments},
      {"payment_oldest_owed_seconds", "Age of the oldest payment or refund that is owed.", nullptr,
       kOldestOwed},
      {"payment_owed_refunds", "Refunds that the provider has still to be asked about.", nullptr,
       kOwedRefunds},
      {"payment_open_disputes", "Disputes whose money the bank holds.", nullptr, kOpenDisputes},
  };
}

}  // namespace payment::storage
