#include "in_memory_store.hpp"

#include <algorithm>
#include <stdexcept>

#include <mercato/error/error.hpp>

#include "allowed_transition.hpp"

namespace order::test {
namespace {

void move_to(Order& order, OrderStatus status, mercato::Timestamp at) {
  if (!may_become(order.status, status)) throw std::logic_error("illegal transition");
  order.status = status;
  order.updated_at = at;
  ++order.version;
}

}  // namespace

void Tables::ask() const {
  if (meddle) meddle();
  if (down) throw mercato::unavailable();
}

void Tables::write() {
  ask();
  ++commits;
}

void Tables::log(OrderId order, const StepLog& steps) {
  auto& timeline = timelines[order];
  timeline.insert(timeline.end(), steps.entries().begin(), steps.entries().end());
}

Tables::SagaRow* Tables::at_version(const Saga& saga) {
  const auto found = sagas.find(saga.id);
  return found == sagas.end() || found->second.version != saga.version ? nullptr : &found->second;
}

Saga Tables::lease(SagaId id) {
  auto& row = sagas.at(id);
  row.leased = true;
  ++row.version;
  Saga saga;
  saga.id = id;
  saga.order = row.order;
  saga.kind = row.kind;
  saga.version = row.version;
  saga.attempt = row.attempt;
  saga.started_at = row.started_at;
  saga.trace_id = row.trace_id;
  return saga;
}

std::optional<KeyRecord> InMemoryCheckouts::begin(Checkout& checkout, const RequestKey& key) {
  tables_.write();
  const auto scoped = std::pair(key.user, key.key);
  if (const auto taken = tables_.keys.find(scoped); taken != tables_.keys.end()) {
    return taken->second;
  }
  KeyRecord record;
  record.fingerprint = key.fingerprint;
  record.order = checkout.order.id;
  record.owner_alive = record.owned_by_us = true;
  tables_.keys.emplace(scoped, record);
  tables_.answer_by[scoped] =
      clock_.now() + std::chrono::duration_cast<mercato::Timestamp::duration>(
                         checkout.until - clock_.steady_now());
  checkout.order.number = ++tables_.last_number;
  tables_.orders[checkout.order.id] = checkout.order;
  Tables::SagaRow row;
  row.order = checkout.order.id;
  row.started_at = checkout.saga.started_at;
  row.trace_id = checkout.saga.trace_id;
  row.request = checkout.request;
  row.key = key.key;
  tables_.sagas[checkout.saga.id] = row;
  return std::nullopt;
}

std::optional<KeyRecord> InMemoryCheckouts::refuse(const Checkout& checkout,
                                                   const RequestKey& key, const Answer& answer) {
  tables_.write();
  KeyRecord record;
  record.fingerprint = key.fingerprint;
  record.order = checkout.order.id;
  record.answer = answer;
  const auto [taken, is_new] = tables_.keys.emplace(std::pair(key.user, key.key), record);
  if (!is_new) return taken->second;
  auto& order = tables_.orders[checkout.order.id] = checkout.order;
  order.number = ++tables_.last_number;
  order.version = 2;
  tables_.log(order.id, checkout.log);
  tables_.seen_active.insert(order.user);
  return std::nullopt;
}

std::optional<Checkout> InMemoryCheckouts::load(Saga saga) {
  tables_.ask();
  const auto* row = tables_.at_version(saga);
  if (row == nullptr || row->kind != SagaKind::checkout) return std::nullopt;
  Checkout checkout;
  checkout.order = tables_.orders.at(saga.order);
  if (checkout.order.status != OrderStatus::pending) return std::nullopt;
  checkout.request = row->request;
  checkout.key = row->key;
  checkout.buyer_checked = row->buyer_checked;
  if (row->payment_asked_at) {
    checkout.payment_silent_for = std::chrono::duration_cast<std::chrono::seconds>(
        clock_.now() - *row->payment_asked_at);
  }
  checkout.saga = std::move(saga);
  return checkout;
}

CheckoutStore::Settled InMemoryCheckouts::settle(const Checkout& checkout,
                                                 const std::optional<Answer>& answer) {
  tables_.write();
  auto& order = tables_.orders.at(checkout.order.id);
  if (order.status != OrderStatus::pending) return {false, false};
  const auto version = order.version;
  order = checkout.order;
  order.version = version + 1;
  tables_.log(order.id, checkout.log);
  auto& row = tables_.sagas.at(checkout.saga.id);
  row.kind = order.status == OrderStatus::confirmed ? SagaKind::capture : SagaKind::undo;
  ++row.version;
  row.attempt = 1;
  if (checkout.buyer_checked) tables_.seen_active.insert(order.user);
  const auto key = tables_.keys.find({order.user, checkout.key});
  if (key == tables_.keys.end() || key->second.answer) return {true, false};
  if (tables_.answer_by.at(key->first) <= clock_.now()) return {true, false};
  if (answer) {
    key->second.answer = answer;
  } else {
    tables_.keys.erase(key);
  }
  return {true, true};
}

void InMemoryCheckouts::postpone(const Checkout& checkout, std::chrono::milliseconds delay) {
  tables_.write();
  auto& order = tables_.orders.at(checkout.order.id);
  if (order.status == OrderStatus::pending) order = checkout.order;
  auto* row = tables_.at_version(checkout.saga);
  if (row == nullptr) return;
  row->buyer_checked = checkout.buyer_checked;
  if (checkout.payment_silent_for && !row->payment_asked_at) row->payment_asked_at = clock_.now();
  ++row->version;
  ++row->attempt;
  row->leased = false;
  row->next_run_at = clock_.now() + delay;
  tables_.log(order.id, checkout.log);
}

std::optional<Order> InMemoryOrders::find(OrderId id) {
  tables_.ask();
  const auto found = tables_.orders.find(id);
  return found == tables_.orders.end() ? std::nullopt : std::optional(found->second);
}

OrderList InMemoryOrders::list(const OrderFilter& filter, std::optional<OrderId> before,
                               std::size_t limit) {
  std::vector<Order> page;
  for (auto entry = tables_.orders.rbegin(); entry != tables_.orders.rend(); ++entry) {
    const auto& order = entry->second;
    if (page.size() == limit) break;
    if (before && !(order.id < *before)) continue;
    if (filter.user && *filter.user != order.user) continue;
    if (filter.status && *filter.status != order.status) continue;
    page.push_back(order);
  }
  return {std::move(page), false};
}

std::vector<OrderId> InMemoryOrders::no_longer_pending(const std::vector<OrderId>& ids) {
  tables_.ask();
  std::vector<OrderId> settled;
  std::copy_if(ids.begin(), ids.end(), std::back_inserter(settled), [this](const auto& id) {
    return tables_.orders.at(id).status != OrderStatus::pending;
  });
  return settled;
}

std::optional<Undo> InMemoryOrders::begin_cancel(OrderId id, std::optional<Reason> reason,
                                                 const StepLog& log, const std::string& trace_id,
                                                 mercato::Timestamp at) {
  tables_.write();
  auto& order = tables_.orders.at(id);
  if (!may_become(order.status, OrderStatus::cancelling)) return std::nullopt;
  move_to(order, OrderStatus::cancelling, at);
  order.reject_reason = reason;
  tables_.log(id, log);
  const SagaId saga(id.value());
  const auto old = tables_.sagas.find(saga);
  Tables::SagaRow row;
  row.order = id;
  row.kind = SagaKind::undo;
  row.version = old == tables_.sagas.end() ? 0 : old->second.version;
  row.started_at = at;
  row.trace_id = trace_id;
  tables_.sagas[saga] = row;
  Undo undo;
  undo.saga = tables_.lease(saga);
  return undo;
}

bool InMemoryOrders::ship(OrderId id, const Tracking& tracking, const std::string& /*trace_id*/,
                          mercato::Timestamp at) {
  tables_.write();
  auto& order = tables_.orders.at(id);
  if (order.status != OrderStatus::confirmed) return false;
  if (order.refunded_minor + order.refund_pending_minor >= order.total->amount_minor) return false;
  move_to(order, OrderStatus::shipped, at);
  order.tracking = tracking;
  return true;
}

bool InMemoryOrders::deliver(OrderId id, const std::string& /*trace_id*/, mercato::Timestamp at) {
  tables_.write();
  auto& order = tables_.orders.at(id);
  if (order.status != OrderStatus::shipped) return false;
  move_to(order, OrderStatus::delivered, at);
  return true;
}

bool InMemoryCarts::put(UserId user, const CartItem& item) {
  auto& items = carts[user];
  for (auto& each : items) {
    if (each.product != item.product) continue;
    each = item;
    return true;
  }
  if (items.size() == kMaxLines) return false;
  items.push_back(item);
  return true;
}

void InMemoryCarts::remember(UserId user, const std::vector<CartItem>& items) {
  for (auto& each : carts[user]) {
    for (const auto& seen : items) {
      if (seen.product == each.product) each.last_seen = seen.last_seen;
    }
  }
}

void InMemoryCarts::remove(UserId user, ProductId product) {
  auto& items = carts[user];
  items.erase(std::remove_if(items.begin(), items.end(),
                             [&](const auto& each) { return each.product == product; }),
              items.end());
}

std::vector<Saga> InMemorySagas::claim_due(SagaLane lane,
                                           const std::vector<mercato::Uuid>& in_hand,
                                           std::size_t limit) {
  tables_.ask();
  std::vector<Saga> claimed;
  for (auto& [id, row] : tables_.sagas) {
    const bool ours = std::find(in_hand.begin(), in_hand.end(), id.value()) != in_hand.end();
    const bool due = row.leased ? !ours : row.next_run_at <= clock_.now();
    if (!due || !row.parked_reason.empty() || claimed.size() == limit) continue;
    if (lane_of(row.kind) != lane) continue;
    claimed.push_back(tables_.lease(id));
  }
  return claimed;
}

void InMemorySagas::postpone(const Saga& saga, const StepLog& log,
                             std::chrono::milliseconds delay) {
  tables_.write();
  auto* row = tables_.at_version(saga);
  if (row == nullptr) return;
  ++row->version;
  ++row->attempt;
  row->leased = false;
  row->next_run_at = clock_.now() + delay;
  tables_.log(saga.order, log);
}

void InMemorySagas::park(const Saga& saga, const std::string& reason) {
  tables_.write();
  auto* row = tables_.at_version(saga);
  if (row == nullptr) return;
  row->parked_reason = reason;
  row->leased = false;
}

std::optional<Undo> InMemorySagas::load(Saga saga) {
  tables_.ask();
  const auto* row = tables_.at_version(saga);
  if (row == nullptr || row->kind != SagaKind::undo) return std::nullopt;
  Undo undo;
  undo.released = row->released;
  undo.voided = row->voided;
  undo.refunded = row->refunded;
  undo.saga = std::move(saga);
  return undo;
}

void InMemorySagas::finish(const Undo& undo, mercato::Timestamp at) {
  tables_.write();
  if (tables_.sagas.erase(undo.saga.id) == 0) return;
  auto& order = tables_.orders.at(undo.saga.order);
  if (order.status == OrderStatus::cancelling) move_to(order, OrderStatus::cancelled, at);
  if (undo.refunded && order.total) {
    order.refunded_minor = order.total->amount_minor - order.refund_pending_minor;
  }
  if (order.payment) {
    order.payment->status = undo.refunded ? PaymentStatus::refunded : PaymentStatus::voided;
  }
  tables_.log(order.id, undo.log);
}

void InMemorySagas::postpone(const Undo& undo, std::chrono::milliseconds delay) {
  const auto* row = tables_.at_version(undo.saga);
  if (row == nullptr) return;
  postpone(undo.saga, undo.log, delay);
  auto& kept = tables_.sagas.at(undo.saga.id);
  kept.released = undo.released;
  kept.voided = undo.voided;
  kept.refunded = undo.refunded;
}

void InMemorySagas::captured(const std::vector<CapturedOrder>& orders, mercato::Timestamp /*at*/) {
  tables_.write();
  for (const auto& each : orders) {
    const auto row = tables_.sagas.find(each.saga.id);
    if (row == tables_.sagas.end() || row->second.kind != SagaKind::capture) continue;
    tables_.sagas.erase(row);
    auto& payment = tables_.orders.at(each.saga.order).payment;
    if (payment->status == PaymentStatus::authorized) payment->status = PaymentStatus::captured;
    tables_.log(each.saga.order, each.log);
  }
}

std::optional<KeyRecord> InMemoryAnswers::find(UserId user, const std::string& key) {
  tables_.ask();
  const auto found = tables_.keys.find({user, key});
  return found == tables_.keys.end() ? std::nullopt : std::optional(found->second);
}

Answered InMemoryAnswers::keep(const RequestKey& key, const Answer& answer,
                               std::optional<RefundId> refund) {
  tables_.write();
  const KeyRecord asked{key.fingerprint, {}, {}, refund};
  auto& record = tables_.keys.try_emplace({key.user, key.key}, asked).first->second;
  if (record.fingerprint != key.fingerprint) throw key_reused();
  if (record.answer) return {*record.answer, true};
  if (record.refund != refund) throw request_in_progress();
  record.answer = answer;
  return {answer, false};
}

std::optional<Answer> InMemoryAnswers::end_wait(OrderId order, UserId user, const std::string& key,
                                                const Answer& answer) {
  tables_.write();
  const auto found = tables_.keys.find({user, key});
  if (found == tables_.keys.end() || found->second.order != order) return std::nullopt;
  if (!found->second.answer) found->second.answer = answer;
  return found->second.answer;
}

void InMemoryAnswers::overwrite(OrderId order, UserId user, const std::string& key,
                                const Answer& answer) {
  tables_.write();
  const auto found = tables_.keys.find({user, key});
  if (found != tables_.keys.end() && found->second.order == order) found->second.answer = answer;
}

bool InMemoryAnswers::take_over(UserId user, const std::string& key) {
  tables_.write();
  auto& record = tables_.keys.at({user, key});
  if (record.answer || (record.owner_alive && !record.owned_by_us)) return false;
  record.owner_alive = true;
  record.owned_by_us = true;
  return true;
}

std::optional<KeyRecord> InMemoryAnswers::claim(const RequestKey& key) {
  tables_.write();
  const KeyRecord mine{key.fingerprint, {}, {}, {}, true, true};
  const auto [found, is_new] = tables_.keys.emplace(std::pair(key.user, key.key), mine);
  return is_new ? std::nullopt : std::optional(found->second);
}

void InMemoryAnswers::free(const RequestKey& key) {
  tables_.write();
  tables_.keys.erase({key.user, key.key});
}

std::variant<RefundRun, OverRefund, NothingCaptured, KeyRecord> InMemoryRefunds::begin(
    OrderId order_id, const RequestKey& key, const std::string& trace_id, const Plan& plan) {
  tables_.write();
  const auto taken = tables_.keys.find({key.user, key.key});
  if (taken != tables_.keys.end()) return taken->second;
  auto& order = tables_.orders.at(order_id);
  auto planned = plan(order);
  if (std::holds_alternative<OverRefund>(planned)) return OverRefund{};
  if (const auto* nothing = std::get_if<NothingCaptured>(&planned)) return *nothing;
  const auto& refund = std::get<Refund>(planned);
  order.refund_pending_minor += refund.amount.amount_minor;
  for (const auto& refunded : refund.lines) {
    for (auto& line : order.lines) {
      if (line.product == refunded.product) line.refunded_quantity += refunded.quantity;
    }
  }
  tables_.refunds[refund.id] = refund;
  KeyRecord record;
  record.fingerprint = key.fingerprint;
  record.order = order_id;
  record.refund = refund.id;
  record.owner_alive = record.owned_by_us = true;
  tables_.keys[{key.user, key.key}] = record;
  Tables::SagaRow row;
  row.order = order_id;
  row.kind = SagaKind::refund;
  row.version = 0;
  row.started_at = refund.created_at;
  row.trace_id = trace_id;
  const SagaId saga(refund.id.value());
  tables_.sagas[saga] = row;
  RefundRun run;
  run.saga = tables_.lease(saga);
  run.refund = refund;
  run.captured = order.payment->status != PaymentStatus::authorized;
  return run;
}

std::optional<RefundRun> InMemoryRefunds::load(Saga saga) {
  tables_.ask();
  if (tables_.at_version(saga) == nullptr) return std::nullopt;
  RefundRun run;
  run.refund = tables_.refunds.at(RefundId(saga.id.value()));
  run.captured = tables_.orders.at(saga.order).payment->status != PaymentStatus::authorized;
  run.saga = std::move(saga);
  return run;
}

void InMemoryRefunds::succeeded(const RefundRun& run, bool restock_owed, mercato::Timestamp at) {
  tables_.write();
  auto& refund = tables_.refunds.at(run.refund.id);
  if (refund.status != RefundStatus::pending) return;
  refund.status = RefundStatus::succeeded;
  auto& order = tables_.orders.at(refund.order);
  order.refund_pending_minor -= refund.amount.amount_minor;
  order.refunded_minor += refund.amount.amount_minor;
  const bool whole = order.payment->status == PaymentStatus::refunded ||
                     order.refunded_minor == order.total->amount_minor;
  order.payment->status = whole ? PaymentStatus::refunded : PaymentStatus::partially_refunded;
  order.updated_at = at;
  ++order.version;
  tables_.log(order.id, run.log);
  if (!restock_owed) tables_.sagas.erase(run.saga.id);
}

void InMemoryRefunds::restocked(const RefundRun& run) {
  tables_.write();
  if (tables_.sagas.erase(run.saga.id) > 0) tables_.log(run.refund.order, run.log);
}

void InMemoryRefunds::failed(const RefundRun& run, mercato::Timestamp /*at*/) {
  tables_.write();
  auto& refund = tables_.refunds.at(run.refund.id);
  if (refund.status != RefundStatus::pending) return;
  refund.status = RefundStatus::failed;
  auto& order = tables_.orders.at(refund.order);
  order.refund_pending_minor -= refund.amount.amount_minor;
  const bool paid_back = order.status == OrderStatus::cancelled && order.payment &&
                         order.payment->status == PaymentStatus::refunded;
  if (paid_back) order.refunded_minor += refund.amount.amount_minor;
  for (const auto& refunded : refund.lines) {
    for (auto& line : order.lines) {
      if (line.product == refunded.product) line.refunded_quantity -= refunded.quantity;
    }
  }
  tables_.sagas.erase(run.saga.id);
  tables_.log(order.id, run.log);
}

std::optional<Refund> InMemoryRefunds::find(RefundId id) {
  const auto found = tables_.refunds.find(id);
  return found == tables_.refunds.end() ? std::nullopt : std::optional(found->second);
}

std::vector<Refund> InMemoryRefunds::list(OrderId order, std::optional<RefundId> before,
                                          std::size_t limit) {
  std::vector<Refund> page;
  for (auto entry = tables_.refunds.rbegin(); entry != tables_.refunds.rend(); ++entry) {
    if (page.size() == limit) break;
    if (before && !(entry->first < *before)) continue;
    if (entry->second.order == order) page.push_back(entry->second);
  }
  return page;
}

}  // namespace order::test
