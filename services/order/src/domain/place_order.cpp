#include "domain/place_order.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace order {
namespace {

using std::chrono::milliseconds;

/// A rejected order's stock and money are given back before the client is told, if that is quick.
constexpr milliseconds kInlineUndo{500};

/// How long it may take to find out that an order need not be begun.
constexpr milliseconds kFirstLook{500};

/// While fewer are in line, whoever joins it is worked on nearly at once.
constexpr std::size_t kShortLine = 8;

/// What the pivot made of the saga in the store.
void owe(Saga& saga, SagaKind kind) {
  saga.kind = kind;
  saga.attempt = 1;
  ++saga.version;
}

}  // namespace

Placement PlaceOrder::place(const PlaceOrderCommand& command) {
  auto turn = parts_.at_once.enter();
  const auto until = parts_.clock.steady_now() + command.wait;
  if (command.wait > milliseconds(0) && parts_.steps.were_sold_out(command.lines)) {
    if (auto refused = refuse_at_once(command, until)) return std::move(*refused);
  }
  const auto slot = take_slot(command.wait);
  auto checkout = start(command, until);
  if (checkout.order.lines.empty()) return answer_empty_cart(command, until);
  checkout.saga.turn = std::move(turn);
  auto request = parts_.open_requests.take(checkout.order.id);

  // Step 0: the key, the order and what is owed to it, in one transaction.
  if (const auto taken = parts_.store.begin(checkout, command.key)) {
    return answer_again(command, *taken, until);
  }

  // The order is stored: from here on every failure means "later", never "no".
  Waiting waiting{checkout.order.id,
                  command.buyer,
                  command.key.key,
                  parts_.writer.pending(checkout.order),
                  command.trace_id,
                  until,
                  std::move(request)};
  if (!slot) {
    parts_.dispatcher.dispatch(std::move(checkout.saga));
    return waiting;
  }
  try {
    if (auto answer = advance(checkout, mercato::Deadline(until))) {
      return Answered{std::move(*answer), false};
    }
  } catch (const std::exception&) {
    // Without a database nothing can be written now: the next scan finds the saga as it was, and
    // meets the same failure, or not.
  }
  return waiting;
}

/// When everybody wants what is sold out, most orders end as soon as they are begun. Such a one is
/// stored as it ends, in one transaction, and needs neither a reservation nor an undo. Whatever
/// else may be the matter with it is found out by the steps, in their order.
std::optional<Placement> PlaceOrder::refuse_at_once(const PlaceOrderCommand& command, Time until) {
  auto checkout = start(command, until);
  const mercato::Deadline deadline(std::min(until, parts_.clock.steady_now() + kFirstLook));
  if (parts_.steps.check_buyer(checkout, deadline)) return std::nullopt;
  const auto shortage = parts_.steps.find_shortage(checkout, deadline);
  if (!shortage) return std::nullopt;
  auto& order = checkout.order;
  order.status = OrderStatus::rejected;
  order.reject_reason = Reason::out_of_stock;
  order.updated_at = parts_.clock.now();
  auto answer = parts_.writer.refused(order, *shortage, command.trace_id);
  if (const auto taken = parts_.store.refuse(checkout, command.key, answer)) {
    return answer_again(command, *taken, until);
  }
  return Answered{std::move(answer), false};
}

/// A slot to drive the checkout in, or nothing: then it gets in line, if the line is not too long.
/// Who comes while others wait gets in line behind them.
std::optional<Slots::Slot> PlaceOrder::take_slot(milliseconds wait) {
  const auto waiting = parts_.dispatcher.waiting_checkouts();
  if (waiting == 0 && wait > milliseconds(0) && parts_.steps.neighbours_available()) {
    if (auto slot = parts_.inline_slots.try_take()) return slot;
  }
  if (!parts_.crowd.admits(waiting, parts_.clock.steady_now())) {
    throw mercato::Overloaded("Too many orders are waiting. Try again.");
  }
  return std::nullopt;
}

bool PlaceOrder::has_room() const {
  return parts_.at_once.has_room() && parts_.dispatcher.waiting_checkouts() < kShortLine;
}

void PlaceOrder::resume(Saga saga, mercato::Deadline deadline) {
  auto checkout = parts_.store.load(std::move(saga));
  if (!checkout) return;
  checkout->log = StepLog(parts_.clock, checkout->saga.trace_id, checkout->saga.attempt);
  advance(*checkout, deadline);
}

/// Steps 1 to 6. Every step may be repeated at will, and is known by the order's id, so that none
/// needs a record of its own: the happy path writes twice, in step 0 and in step 5.
std::optional<Answer> PlaceOrder::advance(Checkout& checkout, mercato::Deadline deadline) try {
  auto stop = parts_.steps.check_buyer(checkout, deadline);              // 1
  if (!stop) stop = parts_.steps.reserve_stock(checkout, deadline);      // 2
  if (!stop) stop = parts_.steps.authorize_payment(checkout, deadline);  // 3
  if (!stop) stop = parts_.steps.commit_stock(checkout, deadline);       // 4
  if (!stop) return confirm(checkout);                                   // 5, which owes 6
  if (const auto* refusal = std::get_if<Refusal>(&*stop)) {
    return reject(checkout, *refusal, deadline);
  }
  postpone(checkout);
  return std::nullopt;
} catch (const BrokenInvariant& broken) {
  parts_.sagas.park(checkout.saga, broken.what());
  return std::nullopt;
}

/// Step 5, the pivot: sold, and the money is ours to take (step 6, on the capture runners).
std::optional<Answer> PlaceOrder::confirm(Checkout& checkout) {
  auto& order = checkout.order;
  order.status = OrderStatus::confirmed;
  order.updated_at = parts_.clock.now();
  const auto promised = parts_.clients.promised(order.id);
  const auto answer = promised ? *promised : parts_.writer.confirmed(order);
  const auto settled = parts_.store.settle(checkout, answer);
  if (!settled.settled) return std::nullopt;
  owe(checkout.saga, SagaKind::capture);
  checkout.saga.turn = {};  // the checkout is over
  parts_.dispatcher.dispatch(std::move(checkout.saga));
  if (!settled.answered) return std::nullopt;
  parts_.clients.settled(order.id, answer);
  return answer;
}

/// The other pivot: not sold, and everything taken so far is owed back.
std::optional<Answer> PlaceOrder::reject(Checkout& checkout, const Refusal& refusal,
                                         mercato::Deadline deadline) {
  auto& order = checkout.order;
  order.status = OrderStatus::rejected;
  order.reject_reason = reason_of(refusal);
  order.updated_at = parts_.clock.now();
  const bool kept = !frees_key(*order.reject_reason);
  const auto promised = parts_.clients.promised(order.id);
  const auto answer =
      promised ? *promised : parts_.writer.refused(order, refusal, checkout.saga.trace_id);
  const auto settled = parts_.store.settle(
      checkout, kept || promised ? std::optional<Answer>(answer) : std::nullopt);
  if (!settled.settled) return std::nullopt;

  Undo undo;
  undo.saga = std::move(checkout.saga);
  owe(undo.saga, SagaKind::undo);
  try {
    const mercato::Deadline at_least(parts_.clock.steady_now() + kInlineUndo);
    parts_.undo.run(std::move(undo), deadline.at() > at_least.at() ? deadline : at_least);
  } catch (const std::exception&) {
    // Owed, and in the store: the recovery gives back what could not be given back now.
  }
  if (!settled.answered) return std::nullopt;
  parts_.clients.settled(order.id, answer);
  return answer;
}

void PlaceOrder::postpone(Checkout& checkout) {
  const auto age = std::chrono::duration_cast<std::chrono::seconds>(parts_.clock.now() -
                                                                    checkout.saga.started_at);
  parts_.store.postpone(checkout, parts_.retry_delay(checkout.saga.attempt, age));
}

Checkout PlaceOrder::start(const PlaceOrderCommand& command, Time until) {
  Checkout checkout;
  auto& order = checkout.order;
  order.id = OrderId::make();
  order.user = command.buyer;
  order.shipping_address = command.shipping_address;
  order.created_at = parts_.clock.now();
  order.updated_at = order.created_at;
  if (command.request.from_cart) {
    for (const auto& item : parts_.carts.list(command.buyer)) {
      order.lines.push_back({item.product, item.quantity, std::nullopt, 0});
    }
  }
  for (const auto& line : command.lines) {
    order.lines.push_back({line.product, line.quantity, std::nullopt, 0});
  }
  checkout.request = command.request;
  checkout.key = command.key.key;
  checkout.until = until;
  checkout.log = StepLog(parts_.clock, command.trace_id, 1);
  auto& saga = checkout.saga;
  saga.id = SagaId(order.id.value());
  saga.order = order.id;
  saga.started_at = order.created_at;
  saga.trace_id = command.trace_id;
  saga.hold = parts_.running.take(saga.id);
  return checkout;
}

/// The cart is empty, perhaps because this very request has bought what was in it.
Placement PlaceOrder::answer_empty_cart(const PlaceOrderCommand& command, Time until) {
  if (const auto record = parts_.answers.find(command.buyer, command.key.key)) {
    return answer_again(command, *record, until);
  }
  throw mercato::validation_failed({{"/from_cart", "empty_cart", "The cart is empty."}});
}

/// The key was used before: the first answer again, or the place of a process that died before it
/// could give one.
Placement PlaceOrder::answer_again(const PlaceOrderCommand& command, const KeyRecord& record,
                                   Time until) {
  if (record.fingerprint != command.key.fingerprint) throw key_reused();
  if (record.order) {
    // What was sent without the database binds, whatever is kept until it can be overwritten.
    if (auto promised = parts_.clients.promised(*record.order)) {
      return Answered{std::move(*promised), true};
    }
    // And nobody who still waits for the same order may be told anything else than this client.
    if (record.answer) parts_.clients.settled(*record.order, *record.answer);
  }
  if (record.answer) return Answered{*record.answer, true};
  if (!record.order) throw request_in_progress();
  const bool lost =
      record.owned_by_us ? !parts_.open_requests.contains(*record.order) : !record.owner_alive;
  if (!lost || !parts_.answers.take_over(command.buyer, command.key.key)) {
    throw request_in_progress();
  }
  const auto first = parts_.orders.find(*record.order);
  if (!first) throw request_in_progress();
  return Waiting{first->id,
                 command.buyer,
                 command.key.key,
                 parts_.writer.pending(as_placed(*first, command.shipping_address.has_value())),
                 command.trace_id,
                 until,
                 parts_.open_requests.take(first->id)};
}

}  // namespace order
