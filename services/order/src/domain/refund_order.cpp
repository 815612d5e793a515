#include "domain/refund_order.hpp"

#include <exception>
#include <utility>

#include "domain/get_order.hpp"

namespace order {

RefundOrder::Result RefundOrder::refund(OrderId id, const RefundRequest& request,
                                        const RequestKey& key, const std::string& trace_id,
                                        mercato::Deadline deadline) {
  static_cast<void>(get_order(parts_.orders, Viewer{{}, true}, id));
  Holds::Hold hold;
  auto begun = parts_.store.begin(id, key, trace_id, [&](const Order& order) {
    auto plan = plan_refund(order, request, parts_.clock.now());
    if (const auto* refund = std::get_if<Refund>(&plan)) hold = parts_.running.take(refund->id);
    return plan;
  });
  if (const auto* record = std::get_if<KeyRecord>(&begun)) return answer_again(key, *record);
  if (std::holds_alternative<OverRefund>(begun)) return OverRefund{};
  if (const auto* nothing = std::get_if<NothingCaptured>(&begun)) return *nothing;

  auto& run = std::get<RefundRun>(begun);
  const auto refund_id = run.refund.id;
  run.saga.hold = std::move(hold);
  run.log = StepLog(parts_.clock, trace_id, 1);
  try {
    advance(run, deadline);
  } catch (const std::exception&) {
    // The refund is stored and owed: it is pending, and recovery carries it out.
  }
  return outcome_of(refund_id);
}

void RefundOrder::resume(Saga saga, mercato::Deadline deadline) {
  auto run = parts_.store.load(std::move(saga));
  if (!run) return;
  run->log = StepLog(parts_.clock, run->saga.trace_id, run->saga.attempt);
  advance(*run, deadline);
}

void RefundOrder::advance(RefundRun& run, mercato::Deadline deadline) {
  if (run.refund.status == RefundStatus::pending && !pay_back(run, deadline)) return;
  if (run.refund.restock && !run.refund.lines.empty()) restock(run, deadline);
}

/// True when the money is back.
bool RefundOrder::pay_back(RefundRun& run, mercato::Deadline deadline) {
  if (!run.captured) {
    // Asked for before the money was taken: that comes first.
    const auto capture = parts_.payments.capture(run.saga.order, deadline);
    if (const auto* silence = std::get_if<NoAnswer>(&capture)) {
      ask_again(run, "capture_payment", *silence);
      return false;
    }
  }
  const auto& refund = run.refund;
  const auto answer =
      parts_.payments.refund(run.saga.order, refund.id, refund.amount, refund.reason, deadline);
  if (const auto* silence = std::get_if<NoAnswer>(&answer)) {
    ask_again(run, "refund_payment", *silence);
    return false;
  }
  if (const auto* refused = std::get_if<PaymentGateway::RefundRefused>(&answer)) {
    run.log.add("refund_payment", "payment", StepOutcome::failed,
                refused->too_much ? "over_refund" : "nothing captured");
    parts_.store.failed(run, parts_.clock.now());
    return false;
  }
  run.log.add("refund_payment", "payment", StepOutcome::ok);
  parts_.store.succeeded(run, refund.restock && !refund.lines.empty(), parts_.clock.now());
  run.refund.status = RefundStatus::succeeded;
  return true;
}

void RefundOrder::restock(RefundRun& run, mercato::Deadline deadline) {
  run.log = StepLog(parts_.clock, run.saga.trace_id, run.saga.attempt);
  const auto answer =
      parts_.stock.restock(run.saga.order, run.refund.id, run.refund.lines, deadline);
  if (const auto* silence = std::get_if<NoAnswer>(&answer)) {
    ask_again(run, "restock", *silence);
    return;
  }
  if (std::holds_alternative<Withdrawn>(answer)) {
    run.log.add("restock", "catalog", StepOutcome::failed, "the goods are back already");
  } else {
    run.log.add("restock", "catalog", StepOutcome::ok);
  }
  parts_.store.restocked(run);
}

void RefundOrder::ask_again(RefundRun& run, std::string_view step, const NoAnswer& silence) {
  run.log.add(step, step == "restock" ? "catalog" : "payment",
              silence.sent ? StepOutcome::unknown : StepOutcome::retried, silence.reason);
  const auto age =
      std::chrono::duration_cast<std::chrono::seconds>(parts_.clock.now() - run.saga.started_at);
  parts_.sagas.postpone(run.saga, run.log, parts_.retry_delay(run.saga.attempt, age));
}

/// The key was used before: the first answer again, or, if nobody is at it any more, the answer
/// that the refund as it is now deserves.
RefundOrder::Result RefundOrder::answer_again(const RequestKey& key, const KeyRecord& record) {
  if (record.fingerprint != key.fingerprint) throw key_reused();
  if (record.answer) return Replay{*record.answer};
  const bool lost = record.refund && (record.owned_by_us ? !parts_.running.contains(*record.refund)
                                                         : !record.owner_alive);
  if (!lost) throw request_in_progress();
  return outcome_of(*record.refund);
}

RefundOrder::Result RefundOrder::outcome_of(RefundId id) {
  auto refund = parts_.store.find(id);
  if (!refund) throw mercato::not_found("No such refund.");
  if (refund->status != RefundStatus::failed) return std::move(*refund);
  const auto order = get_order(parts_.orders, Viewer{{}, true}, refund->order);
  if (order.status == OrderStatus::cancelling || order.status == OrderStatus::cancelled) {
    return NothingCaptured{order.status, id};
  }
  return OverRefund{id};
}

}  // namespace order
