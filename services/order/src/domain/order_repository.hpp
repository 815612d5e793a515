#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "domain/order.hpp"
#include "domain/timeline.hpp"
#include "domain/undo_order.hpp"

namespace order {

/// Which orders a list is about. Everything given must hold.
struct OrderFilter {
  std::optional<UserId> user;
  std::optional<OrderStatus> status;
  std::optional<mercato::Timestamp> created_from;  // inclusive
  std::optional<mercato::Timestamp> created_to;    // exclusive
};

/// Orders of a list. `cut`: they are large, so that fewer came than were asked for, three at least,
/// though there are others.
struct OrderList {
  std::vector<Order> orders;
  bool cut = false;
};

/// A move of an order; `seq` grows with each move of the same order.
struct StatusChange {
  OrderId order;
  std::int64_t seq = 0;
  OrderStatus status = OrderStatus::pending;
  mercato::Timestamp at{};
};

/// Orders as they are kept. From any thread; throws mercato::Error 503 without a database.
class OrderRepository {
 public:
  virtual ~OrderRepository() = default;

  [[nodiscard]] virtual std::optional<Order> find(OrderId id) = 0;
  /// Newest first, those before `before` in that order.
  [[nodiscard]] virtual OrderList list(const OrderFilter& filter, std::optional<OrderId> before,
                                       std::size_t limit) = 0;
  [[nodiscard]] virtual std::vector<TimelineEntry> timeline(OrderId id) = 0;
  /// Those of `ids` that are settled, one way or another.
  [[nodiscard]] virtual std::vector<OrderId> no_longer_pending(const std::vector<OrderId>& ids) = 0;

  /// The moves of these orders after the given `seq`, in order.
  [[nodiscard]] virtual std::vector<StatusChange> status_changes(
      const std::vector<std::pair<OrderId, std::int64_t>>& after) = 0;

  /// pending | confirmed → cancelling, with the undo that is then owed (leased to this process);
  /// nothing if the order was in another status. `log` is why, and written with it.
  [[nodiscard]] virtual std::optional<Undo> begin_cancel(OrderId id, std::optional<Reason> reason,
                                                         const StepLog& log,
                                                         const std::string& trace_id,
                                                         mercato::Timestamp at) = 0;
  /// confirmed → shipped, of an order whose payment was captured.
  virtual bool ship(OrderId id, const Tracking& tracking, const std::string& trace_id,
                    mercato::Timestamp at) = 0;
  /// shipped → delivered.
  virtual bool deliver(OrderId id, const std::string& trace_id, mercato::Timestamp at) = 0;
};

}  // namespace order
