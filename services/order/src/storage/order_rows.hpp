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

/// Whole orders with their lines, in the order of `ids`; those that do not exist are left out. Of
/// more than three, whose ids descend then, the first ones alone if they have thousands of lines:
/// three at least. `execute` runs a statement with one parameter: in a transaction, or in none.
using Execute = std::function<db::Result(const db::Statement&, const db::Parameter&)>;
[[nodiscard]] std::vector<Order> read_orders(const Execute& execute,
                                             const std::vector<OrderId>& ids);

/// The address as the jsonb that read_orders() reads.
[[nodiscard]] std::optional<std::string> to_json(const std::optional<Address>& address);

/// Timeline entries: order, step, service, attempt, outcome, detail, time, trace.
using StepColumns = db::Columns<8>;
void add_steps(StepColumns& columns, OrderId order, const StepLog& log);

/// Appends to an order's timeline.
void insert_steps(db::Transaction& transaction, OrderId order, const StepLog& log);

/// Gives a saga's lease back until `delay` is over, and writes its log; false if somebody else took
/// the saga over.
bool postpone_saga(db::Transaction& transaction, const Saga& saga, const StepLog& log,
                   std::chrono::milliseconds delay);

}  // namespace order::storage
