#pragma once

#include <optional>
#include <string>

#include "domain/order_repository.hpp"
#include "domain/undo_order.hpp"

namespace order {

/// POST /orders/{id}/cancel.
class CancelOrder {
 public:
  /// `running`: sagas that this process is at work on.
  CancelOrder(OrderRepository& orders, UndoOrder& undo, WaitingClients& clients, Holds& running,
              const mercato::Clock& clock)
      : orders_(orders), undo_(undo), clients_(clients), running_(running), clock_(clock) {}

  struct Result {
    Order order;
    bool accepted = false;  // cancelled, or on its way there; else its status does not allow it
  };
  /// Competes with the checkout's pivot, and with shipping, by compare-and-set: one of them wins.
  /// Error 404 if the viewer may not see the order.
  [[nodiscard]] Result cancel(const Viewer& viewer, OrderId id, const std::string& trace_id,
                              mercato::Deadline deadline);

 private:
  OrderRepository& orders_;
  UndoOrder& undo_;
  WaitingClients& clients_;
  Holds& running_;
  const mercato::Clock& clock_;
};

}  // namespace order
