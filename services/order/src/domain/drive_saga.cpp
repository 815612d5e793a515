#include "domain/drive_saga.hpp"

#include <utility>

namespace order {

void DriveSaga::run(Saga saga, mercato::Deadline deadline) {
  switch (saga.kind) {
    case SagaKind::checkout:
      return place_order_.resume(std::move(saga), deadline);
    case SagaKind::undo:
      return undo_order_.resume(std::move(saga), deadline);
    case SagaKind::refund:
      return refund_order_.resume(std::move(saga), deadline);
    case SagaKind::capture:
      break;
  }
  std::vector<CapturedOrder> captured;
  if (auto order = capture_payment_.capture(std::move(saga), deadline)) {
    captured.push_back(std::move(*order));
  }
  capture_payment_.complete(captured);
}

}  // namespace order
