#pragma once

#include <mercato/db/pool.hpp>

#include "domain/order_repository.hpp"

namespace order::storage {

/// Orders in PostgreSQL. From any thread; does not own the pool.
class PgOrderRepository : public OrderRepository {
 public:
  /// `instance` is this process, to which the sagas it begins are leased.
  PgOrderRepository(mercato::db::Pool& pool, mercato::Uuid instance)
      : pool_(pool), instance_(instance) {}

  [[nodiscard]] std::optional<Order> find(OrderId id) override;
  [[nodiscard]] OrderList list(const OrderFilter& filter, std::optional<OrderId> before,
                               std::size_t limit) override;
  [[nodiscard]] std::vector<TimelineEntry> timeline(OrderId id) override;
  [[nodiscard]] std::vector<OrderId> no_longer_pending(const std::vector<OrderId>& ids) override;
  [[nodiscard]] std::vector<StatusChange> status_changes(
      const std::vector<std::pair<OrderId, std::int64_t>>& after) override;
  [[nodiscard]] std::optional<Undo> begin_cancel(OrderId id, std::optional<Reason> reason,
                                                 const StepLog& log, const std::string& trace_id,
                                                 mercato::Timestamp at) override;
  bool ship(OrderId id, const Tracking& tracking, const std::string& trace_id,
            mercato::Timestamp at) override;
  bool deliver(OrderId id, const std::string& trace_id, mercato::Timestamp at) override;

 private:
  mercato::db::Pool& pool_;
  mercato::Uuid instance_;
};

}  // namespace order::storage
