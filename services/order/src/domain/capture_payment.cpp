#include "domain/capture_payment.hpp"

#include <utility>

namespace order {

std::optional<CapturedOrder> CapturePayment::capture(Saga saga, mercato::Deadline deadline) {
  StepLog log(clock_, saga.trace_id, saga.attempt);
  const auto answer = payments_.capture(saga.order, deadline);
  if (std::holds_alternative<Done>(answer)) {
    log.add("capture_payment", "payment", StepOutcome::ok);
    return CapturedOrder{std::move(saga), std::move(log)};
  }
  if (std::holds_alternative<PaymentGateway::CaptureRefused>(answer)) {
    // Sold, and yet no money will come: the one way back after the pivot.
    log.add("capture_payment", "payment", StepOutcome::failed,
            std::string(name(Reason::capture_failed)));
    auto undo =
        orders_.begin_cancel(saga.order, Reason::capture_failed, log, saga.trace_id, clock_.now());
    if (undo) {
      undo->saga.hold = std::move(saga.hold);  // the order's saga has become its undo
      dispatcher_.dispatch(std::move(undo->saga));
    }
    return std::nullopt;
  }
  const auto& silence = std::get<NoAnswer>(answer);
  log.add("capture_payment", "payment", silence.sent ? StepOutcome::unknown : StepOutcome::retried,
          silence.reason);
  const auto age = std::chrono::duration_cast<std::chrono::seconds>(clock_.now() - saga.started_at);
  sagas_.postpone(saga, log, retry_delay_(saga.attempt, age));
  return std::nullopt;
}

void CapturePayment::complete(std::vector<CapturedOrder> captured) try {
  if (!captured.empty()) store_.captured(captured, clock_.now());
} catch (const BrokenInvariant& broken) {
  if (captured.size() == 1) return sagas_.park(captured.front().saga, broken.what());
  for (auto& each : captured) {
    std::vector<CapturedOrder> alone;
    alone.push_back(std::move(each));
    complete(std::move(alone));
  }
}

}  // namespace order
