#pragma once

#include <optional>
#include <string>
#include <vector>

#include <mercato/db/statement.hpp>

#include "domain/order.hpp"
#include "domain/saga.hpp"
#include "domain/timeline.hpp"

namespace order::storage {

namespace db = mercato::db;

/// Whole orders with their lines, in the order of `ids`; those that do not exist are left out.
/// `execute` runs a statement with one parameter: in a transaction, or in none.
using Execute = std::function<db::Result(const db::Statement&, const db::Parameter&)>;
[[nodiscard]] std::vector<Order> read_orders(const Execute& execute,
                                             const std::vector<OrderId>& ids);

/// The address as the jsonb that read_orders() reads.
[[nodiscard]] std::optional<std::string> to_json(const std::optional<Address>& address);

/// Timeline entries as one array literal per column, for unnest().
class StepColumns {
 public:
  void add(OrderId order, const StepLog& log);

  [[nodiscard]] std::string orders() const { return db::array(orders_); }
  [[nodiscard]] std::string steps() const { return db::array(steps_); }
  [[nodiscard]] std::string services() const { return db::array(services_); }
  [[nodiscard]] std::string attempts() const { return db::array(attempts_); }
  [[nodiscard]] std::string outcomes() const { return db::array(outcomes_); }
  [[nodiscard]] std::string details() const { return db::array(details_); }
  [[nodiscard]] std::string times() const { return db::array(times_); }
  [[nodiscard]] std::string traces() const { return db::array(traces_); }

 private:
  std::vector<OrderId> orders_;
  std::vector<std::string> steps_;
  std::vector<std::string> services_;
  std::vector<std::int64_t> attempts_;
  std::vector<std::string> outcomes_;
  std::vector<std::string> details_;
  std::vector<std::string> times_;
  std::vector<std::string> traces_;
};

/// Appends to an order's timeline.
void insert_steps(db::Transaction& transaction, OrderId order, const StepLog& log);

/// Gives a saga's lease back until `delay` is over, and writes its log; false if somebody else took
/// the saga over.
bool postpone_saga(db::Transaction& transaction, const Saga& saga, const StepLog& log,
                   std::chrono::milliseconds delay);

}  // namespace order::storage
