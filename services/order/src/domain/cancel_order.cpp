#include "domain/cancel_order.hpp"

#include <exception>
#include <utility>

#include "domain/get_order.hpp"

namespace order {

CancelOrder::Result CancelOrder::cancel(const Viewer& viewer, OrderId id,
                                        const std::string& trace_id, mercato::Deadline deadline) {
  static_cast<void>(get_order(orders_, viewer, id));
  auto hold = running_.take(SagaId(id.value()));
  auto undo = orders_.begin_cancel(id, std::nullopt, {}, trace_id, clock_.now());
  if (undo) {
    undo->saga.hold = std::move(hold);
    clients_.changed(id);
    try {
      undo_.run(std::move(*undo), deadline);
    } catch (const std::exception&) {
      // The order is cancelling, and that is the truth to tell; recovery does the rest.
    }
  }
  auto order = get_order(orders_, viewer, id);
  const bool accepted =
      order.status == OrderStatus::cancelling || order.status == OrderStatus::cancelled;
  return {std::move(order), accepted};
}

}  // namespace order
