#include "http/parked_clients.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include <mercato/log/log.hpp>

#include "http/order_answers.hpp"

namespace order::api {
namespace {

namespace http = mercato::http;
using std::chrono::milliseconds;

/// How often to ask whether another process settled an order that somebody waits for here.
constexpr milliseconds kLookEvery{250};
/// How long the end of a wait may take before the answer is sent from memory: the client was
/// promised one within a second of its wait.
constexpr milliseconds kGrace{600};
/// What is left of that, at the least, for whoever comes late: long enough to ask the database,
/// where another process may have kept the outcome, and given it to somebody, meanwhile.
constexpr milliseconds kLeastGrace{300};

/// What to say when the key was freed and only the order remembers why.
Refusal refusal_of(Reason reason) {
  switch (reason) {
    case Reason::user_disabled:
      return UserDisabled{};
    case Reason::address_not_found:
      return AddressNotFound{};
    default:
      return TotalTooLarge{};
  }
}

}  // namespace

ParkedClients::ParkedClients(AnswerStore& answers, OrderRepository& orders,
                             const AnswerWriter& writer, const mercato::Clock& clock,
                             std::function<void()> on_first)
    : answers_(answers),
      orders_(orders),
      writer_(writer),
      clock_(clock),
      on_first_(std::move(on_first)),
      loop_("parked clients", [this] { return step(); }) {}

void ParkedClients::drain() {
  {
    const std::lock_guard lock(mutex_);
    draining_ = true;
  }
  loop_.wake();
}

bool ParkedClients::any() const {
  const std::lock_guard lock(mutex_);
  return !parked_.empty();
}

http::Deferred ParkedClients::park(Waiting waiting) {
  // A database that froze at the end of the wait has cost some of the grace already.
  const auto left = std::max(
      std::chrono::duration_cast<milliseconds>(waiting.until + kGrace - clock_.steady_now()),
      kLeastGrace);
  auto parked = std::make_shared<Parked>(Parked{std::move(waiting), {}, false});
  http::Completer completer = parked->completer;
  http::Deferred deferred(completer, left,
                          [this, parked] { return to_response(promise(*parked), false); });
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    first = parked_.empty();
    parked_.emplace(parked->waiting.order, std::move(parked));
  }
  loop_.wake();
  if (first) on_first_();
  return deferred;
}

void ParkedClients::settled(OrderId order, const Answer& answer) {
  std::vector<ParkedPtr> told;
  {
    const std::lock_guard lock(mutex_);
    const auto [begin, end] = parked_.equal_range(order);
    for (auto entry = begin; entry != end; ++entry) told.push_back(entry->second);
    parked_.erase(begin, end);
  }
  for (const auto& parked : told) parked->completer.complete(to_response(answer, false));
}

void ParkedClients::changed(OrderId order) {
  {
    const std::lock_guard lock(mutex_);
    const auto [begin, end] = parked_.equal_range(order);
    if (begin == end) return;
    for (auto entry = begin; entry != end; ++entry) entry->second->look_again = true;
  }
  loop_.wake();
}

std::optional<Answer> ParkedClients::promised(OrderId order) const {
  const std::lock_guard lock(mutex_);
  const auto found = promises_.find(order);
  return found == promises_.end() ? std::nullopt : std::optional<Answer>(found->second.answer);
}

milliseconds ParkedClients::step() {
  end_waits();  // before what fails without a database
  keep_promises();
  find_settled_elsewhere();
  end_waits();
  const std::lock_guard lock(mutex_);
  if (parked_.empty() && promises_.empty()) return std::chrono::minutes(1);
  auto next = clock_.steady_now() + kLookEvery;
  for (const auto& [order, parked] : parked_) next = std::min(next, parked->waiting.until);
  return std::max(std::chrono::duration_cast<milliseconds>(next - clock_.steady_now()),
                  milliseconds(10));
}

void ParkedClients::end_waits() {
  for (auto& parked : take_due()) {
    try {
      parked->completer.complete(to_response(final_answer(parked->waiting), false));
    } catch (const std::exception& error) {
      mercato::log::warn("a wait could not be ended yet", {{"error", error.what()}});
      try_again_or_promise(std::move(parked));
    }
  }
}

/// Another process may have taken an order over and settled it.
void ParkedClients::find_settled_elsewhere() {
  std::vector<OrderId> waiting;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [order, parked] : parked_) waiting.push_back(order);
  }
  if (waiting.empty()) return;
  for (const auto& order : orders_.no_longer_pending(waiting)) {
    const std::lock_guard lock(mutex_);
    const auto [begin, end] = parked_.equal_range(order);
    for (auto entry = begin; entry != end; ++entry) entry->second->look_again = true;
  }
}

std::vector<ParkedClients::ParkedPtr> ParkedClients::take_due() {
  std::vector<ParkedPtr> due;
  const auto now = clock_.steady_now();
  const std::lock_guard lock(mutex_);
  for (auto entry = parked_.begin(); entry != parked_.end();) {
    const auto& parked = *entry->second;
    if (draining_ || parked.look_again || parked.waiting.until <= now) {
      due.push_back(std::move(entry->second));
      entry = parked_.erase(entry);
    } else {
      ++entry;
    }
  }
  return due;
}

/// What the client is told at the end of its wait: the outcome if there is one by now, else that
/// the order is pending, which is then kept.
Answer ParkedClients::final_answer(const Waiting& waiting) {
  if (auto sent = promised(waiting.order)) return std::move(*sent);
  if (auto kept =
          answers_.end_wait(waiting.order, waiting.user, waiting.key, waiting.pending)) {
    return std::move(*kept);
  }
  // Freed by the transaction that rejected the order, and so not before the reason is there.
  const auto order = orders_.find(waiting.order);
  const bool freed = order && order->reject_reason && frees_key(*order->reject_reason);
  if (!freed) return waiting.pending;
  return writer_.refused(*order, refusal_of(*order->reject_reason), waiting.trace_id);
}

/// After the database failed. If nobody reads the answer any more, whoever asks again with the key
/// finds that nobody owes it one, and takes over.
void ParkedClients::try_again_or_promise(ParkedPtr parked) {
  if (parked->completer.completed()) return;
  if (clock_.steady_now() < parked->waiting.until + kGrace) {
    const std::lock_guard lock(mutex_);
    parked_.emplace(parked->waiting.order, std::move(parked));
  } else if (!parked->completer.abandoned()) {
    parked->completer.complete(to_response(promise(*parked), false));
  }
}

/// The answer goes out now and is kept when the database is back. Also on the server's timer.
Answer ParkedClients::promise(const Parked& late) {
  const auto& waiting = late.waiting;
  const std::lock_guard lock(mutex_);
  const auto [begin, end] = parked_.equal_range(waiting.order);
  const auto entry =
      std::find_if(begin, end, [&late](const auto& each) { return each.second.get() == &late; });
  if (entry != end) parked_.erase(entry);
  return promises_.try_emplace(waiting.order, Promise{waiting.user, waiting.key, waiting.pending})
      .first->second.answer;
}

void ParkedClients::keep_promises() {
  std::vector<std::pair<OrderId, Promise>> open;
  {
    const std::lock_guard lock(mutex_);
    open.assign(promises_.begin(), promises_.end());
  }
  for (const auto& [order, promise] : open) {
    answers_.overwrite(order, promise.user, promise.key, promise.answer);
    const std::lock_guard lock(mutex_);
    promises_.erase(order);
  }
}

}  // namespace order::api
