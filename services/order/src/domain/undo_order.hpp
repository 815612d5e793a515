#pragma once

#include <optional>

#include "domain/answer.hpp"
#include "domain/payment_gateway.hpp"
#include "domain/saga.hpp"
#include "domain/stock_keeper.hpp"

namespace order {

/// What is still to be given back for a rejected or cancelling order.
struct Undo {
  Saga saga;
  bool released = false;  // stock
  bool voided = false;    // money…
  bool refunded = false;  // …which had been taken
  StepLog log;            // of the run under way

  [[nodiscard]] bool done() const { return released && voided; }
};

/// The store of undos. Each function is one transaction. From any thread.
class UndoStore {
 public:
  virtual ~UndoStore() = default;
  /// Nothing if somebody else finished it.
  [[nodiscard]] virtual std::optional<Undo> load(Saga saga) = 0;
  /// Nothing is owed any more; a cancelling order becomes cancelled.
  virtual void finish(const Undo& undo, mercato::Timestamp at) = 0;
  /// Writes what was done so far and gives the lease back until `delay` is over.
  virtual void postpone(const Undo& undo, std::chrono::milliseconds delay) = 0;
};

/// Gives stock and money back, whatever of either was taken. The neighbours remember it, so that a
/// reserve or authorise still on its way is refused when it arrives.
///
/// From any thread. Does not own what it is given.
class UndoOrder {
 public:
  UndoOrder(UndoStore& store, StockKeeper& stock, PaymentGateway& payments, WaitingClients& clients,
            const mercato::Clock& clock, RetryDelay retry_delay)
      : store_(store),
        stock_(stock),
        payments_(payments),
        clients_(clients),
        clock_(clock),
        retry_delay_(std::move(retry_delay)) {}

  /// True when all is given back, now or before.
  bool run(Undo undo, mercato::Deadline deadline);
  void resume(Saga saga, mercato::Deadline deadline);

 private:
  UndoStore& store_;
  StockKeeper& stock_;
  PaymentGateway& payments_;
  WaitingClients& clients_;
  const mercato::Clock& clock_;
  RetryDelay retry_delay_;
};

}  // namespace order
