#pragma once

#include <mercato/db/pool.hpp>

#include "domain/refund_order.hpp"

namespace order::storage {

/// Refunds in PostgreSQL. From any thread; does not own the pool.
class PgRefundStore : public RefundStore {
 public:
  PgRefundStore(mercato::db::Pool& pool, AnswerStore& answers, mercato::Uuid instance)
      : pool_(pool), answers_(answers), instance_(instance) {}

  [[nodiscard]] std::variant<RefundRun, OverRefund, NothingCaptured, KeyRecord> begin(
      OrderId order, const RequestKey& key, const std::string& trace_id, const Plan& plan) override;
  [[nodiscard]] std::optional<RefundRun> load(Saga saga) override;
  void succeeded(const RefundRun& run, bool restock_owed, mercato::Timestamp at) override;
  void restocked(const RefundRun& run) override;
  void failed(const RefundRun& run, mercato::Timestamp at) override;
  [[nodiscard]] std::optional<Refund> find(RefundId id) override;
  [[nodiscard]] std::vector<Refund> list(OrderId order, std::optional<RefundId> before,
                                         std::size_t limit) override;

 private:
  [[nodiscard]] std::vector<Refund> read(const std::vector<RefundId>& ids);

  mercato::db::Pool& pool_;
  AnswerStore& answers_;
  mercato::Uuid instance_;
};

}  // namespace order::storage
