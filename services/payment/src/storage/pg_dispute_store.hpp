#pragma once

#include <mercato/db/pool.hpp>

#include "domain/follow_dispute.hpp"

namespace payment::storage {

namespace db = mercato::db;

/// Disputes in PostgreSQL. A trigger writes the ledger and the outbox in the transaction of the
/// change. From any thread.
class PgDisputeStore : public DisputeStore {
 public:
  explicit PgDisputeStore(db::Pool& pool) : pool_(pool) {}

  [[nodiscard]] std::vector<Dispute> claim_due_disputes(std::size_t limit,
                                                        Milliseconds lease) override;
  [[nodiscard]] bool record_dispute(const Dispute& dispute, const ProviderDispute& seen) override;
  void postpone_dispute(const Dispute& dispute, Milliseconds delay) override;

 private:
  db::Pool& pool_;
};

}  // namespace payment::storage
