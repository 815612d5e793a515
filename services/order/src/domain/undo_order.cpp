#include "domain/undo_order.hpp"

#include <utility>

namespace order {
namespace {

StepOutcome outcome_of(const NoAnswer& silence) {
  return silence.sent ? StepOutcome::unknown : StepOutcome::retried;
}

}  // namespace

bool UndoOrder::run(Undo undo, mercato::Deadline deadline) {
  undo.log = StepLog(clock_, undo.saga.trace_id, undo.saga.attempt);
  // Neither waits for the other: a payment provider that is away must not keep stock from the next
  // buyer.
  if (!undo.released) {
    const auto answer = stock_.release(undo.saga.order, deadline);
    undo.released = std::holds_alternative<Done>(answer);
    if (const auto* silence = std::get_if<NoAnswer>(&answer)) {
      undo.log.add("release_stock", "catalog", outcome_of(*silence), silence->reason);
    } else {
      undo.log.add("release_stock", "catalog", StepOutcome::undone);
    }
  }
  if (!undo.voided) {
    const auto answer = payments_.void_payment(undo.saga.order, deadline);
    if (const auto* voided = std::get_if<PaymentGateway::Voided>(&answer)) {
      undo.voided = true;
      undo.refunded = voided->refunded;
      undo.log.add("void_payment", "payment", StepOutcome::undone,
                   voided->refunded ? "refunded" : "voided");
    } else {
      const auto& silence = std::get<NoAnswer>(answer);
      undo.log.add("void_payment", "payment", outcome_of(silence), silence.reason);
    }
  }
  if (!undo.done()) {
    const auto age =
        std::chrono::duration_cast<std::chrono::seconds>(clock_.now() - undo.saga.started_at);
    store_.postpone(undo, retry_delay_(undo.saga.attempt, age));
    return false;
  }
  store_.finish(undo, clock_.now());
  clients_.changed(undo.saga.order);
  return true;
}

void UndoOrder::resume(Saga saga, mercato::Deadline deadline) {
  auto undo = store_.load(std::move(saga));
  if (undo) run(std::move(*undo), deadline);
}

}  // namespace order
