#pragma once

#include <optional>

#include "domain/capture_payment.hpp"
#include "domain/place_order.hpp"
#include "domain/refund_order.hpp"
#include "domain/undo_order.hpp"

namespace order {

/// Takes up whatever is owed, by its kind. From any thread. Does not own what it is given.
class DriveSaga {
 public:
  DriveSaga(PlaceOrder& place_order, CapturePayment& capture_payment, UndoOrder& undo_order,
            RefundOrder& refund_order, SagaStore& sagas)
      : place_order_(place_order),
        capture_payment_(capture_payment),
        undo_order_(undo_order),
        refund_order_(refund_order),
        sagas_(sagas) {}

  /// Parks the saga if it breaks an invariant. Throws if the database is away: the lease is then
  /// let go, and the next scan finds the saga.
  void run(Saga saga, mercato::Deadline deadline);
  /// Likewise for a capture that is written down later, together with others, if it went through.
  [[nodiscard]] std::optional<CapturedOrder> capture(Saga saga, mercato::Deadline deadline);

 private:
  template <class F>
  void park_if_broken(Saga saga, const F& work);
  void go_on(Saga saga, mercato::Deadline deadline);

  PlaceOrder& place_order_;
  CapturePayment& capture_payment_;
  UndoOrder& undo_order_;
  RefundOrder& refund_order_;
  SagaStore& sagas_;
};

}  // namespace order
