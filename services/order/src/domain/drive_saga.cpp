#include "domain/drive_saga.hpp"

#include <utility>
#include <vector>

namespace order {

template <class F>
void DriveSaga::park_if_broken(Saga saga, const F& work) {
  Saga concerned;  // by what the store knows it, for whoever is at work takes the saga away
  concerned.id = saga.id;
  concerned.order = saga.order;
  concerned.kind = saga.kind;
  concerned.version = saga.version;
  try {
    work(std::move(saga));
  } catch (const BrokenInvariant& broken) {
    sagas_.park(concerned, broken.what());
  }
}

void DriveSaga::run(Saga saga, mercato::Deadline deadline) {
  park_if_broken(std::move(saga), [&](Saga taken) { go_on(std::move(taken), deadline); });
}

std::optional<CapturedOrder> DriveSaga::capture(Saga saga, mercato::Deadline deadline) {
  std::optional<CapturedOrder> captured;
  park_if_broken(std::move(saga), [&](Saga taken) {
    captured = capture_payment_.capture(std::move(taken), deadline);
  });
  return captured;
}

void DriveSaga::go_on(Saga saga, mercato::Deadline deadline) {
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
  capture_payment_.complete(std::move(captured));
}

}  // namespace order
