#include "mercato/http/inbound/keeper.hpp"

#include <unistd.h>

#include <algorithm>

#include "mercato/log/log.hpp"

namespace mercato::http::inbound {
namespace {

using std::chrono::milliseconds;

constexpr std::uint64_t kMailboxTag = 0;
constexpr std::uint64_t kListenerTag = 1;
constexpr std::uint32_t kReadEvents = EPOLLIN | EPOLLRDHUP | EPOLLET;
constexpr std::size_t kAcceptsInARow = 256;
constexpr milliseconds kSweepEvery{200};
constexpr milliseconds kSweepWhileDraining{10};
constexpr milliseconds kHurryAfter{1'000};  // while draining: who lingers still gets to its answer
constexpr milliseconds kLeastAfterIdle{1'000};
constexpr milliseconds kHelpEvery{2};
constexpr milliseconds kAttendEvery{2};
constexpr milliseconds kLookOutsideEvery{5};
constexpr milliseconds kAcceptPause{100};

}  // namespace

Keeper::Keeper(Engine& engine, std::unique_ptr<Listener> listener)
    : engine_(engine), late_(engine), listener_(std::move(listener)) {
  engine_.late = &late_;
  poller_.add(engine_.mailbox->fd(), EPOLLIN, kMailboxTag);
  poller_.add(listener_->fd(), EPOLLIN, kListenerTag);
}

void Keeper::run() {
  while (!engine_.stopping.load()) {
    try {
      run_once();
    } catch (const std::exception& error) {
      log::error("the http keeper failed once", {{"error", error.what()}});
    }
  }
  engine_.mailbox->close();
  late_.abandon_all();
}

void Keeper::run_once() {
  std::array<epoll_event, 8> buffer{};
  for (const auto& event : poller_.wait(buffer, timeout_ms(Steady::now()))) {
    if (event.data.u64 == kMailboxTag) {
      engine_.mailbox->run_all();
    } else if (listener_) {
      accept_waiting();
    }
  }
  const auto now = Steady::now();
  if (!accepting_ && listener_ && now >= accept_again_) {
    accepting_ = true;
    poller_.add(listener_->fd(), EPOLLIN, kListenerTag);
  }
  help_workers();
  refuse_waiting(now);
  attend(now);
  if (engine_.ready.lets_in(now)) engine_.wake.ring();
  late_.run_timers(now);
  if (now >= next_sweep_) sweep(now);
  report_if_empty();
}

int Keeper::timeout_ms(Steady::time_point now) const {
  if (more_to_read_) return 0;
  auto until = Steady::time_point::max();
  if (engine_.table.size() > 0 || engine_.draining.load()) until = next_sweep_;
  if (const auto timer = late_.next_timer()) until = std::min(until, *timer);
  if (!accepting_ && listener_) until = std::min(until, accept_again_);
  until = std::min(until, attend_at_);
  if (engine_.help_wanted.load()) until = std::min(until, now + kHelpEvery);
  if (engine_.ready.outside() > 0) until = std::min(until, now + kLookOutsideEvery);
  if (until == Steady::time_point::max()) return -1;
  const auto left = std::chrono::ceil<milliseconds>(until - now).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));
}

/// At most so many in a row, since the keeper has other things to do; false if none is left.
bool Keeper::accept_waiting() {
  Listener::Accepted accepted;
  for (std::size_t i = 0; i < kAcceptsInARow; ++i) {
    switch (listener_->accept(accepted)) {
      case Listener::Verdict::accepted: admit(accepted); break;
      case Listener::Verdict::none_waiting: return false;
      case Listener::Verdict::no_descriptors: pause_accepting(); return false;
    }
  }
  return true;
}

void Keeper::admit(const Listener::Accepted& accepted) {
  const bool too_many = engine_.table.size() >= engine_.options.max_connections;
  Connection* connection = engine_.table.acquire(accepted.fd);
  if (!connection) {
    ::close(accepted.fd);
    return;
  }
  connection->peer = accepted.peer;
  if (engine_.tls) connection->tls = std::make_unique<crypto::TlsSession>(*engine_.tls, "");
  connection->set_deadline(Steady::now() + engine_.options.idle_timeout);
  connection->idle_time_runs = true;
  const auto tag = connection->id().packed();
  if (too_many) {
    engine_.poller.add(accepted.fd, kReadEvents, tag);
    return Conversation(engine_, *connection, Conversation::Role::keeper).refuse_connection();
  }
  // Parked first: once it is in the poller, a worker may own it before add() returns.
  if (connection->park()) engine_.poller.add(accepted.fd, kReadEvents, tag);
}

/// Out of descriptors: the connection stays in the backlog, and polling for it would spin.
void Keeper::pause_accepting() {
  log::warn("no file descriptor left for a new connection");
  poller_.remove(listener_->fd());
  accepting_ = false;
  accept_again_ = Steady::now() + kAcceptPause;
}

void Keeper::sweep(Steady::time_point now) {
  next_sweep_ = now + (engine_.draining.load() ? kSweepWhileDraining : kSweepEvery);
  engine_.table.for_each([&](Connection& connection) { inspect(connection, now); });
}

void Keeper::inspect(Connection& connection, Steady::time_point now) {
  const bool draining = engine_.draining.load();
  const bool closing_idle = draining && now >= close_idle_at_;
  const bool in_a_hurry = draining && now >= hurry_at_;
  if (!closing_idle && !connection.is_overdue(now, in_a_hurry)) return;
  if (!connection.take_parked()) return;
  // It was looked at without the lock: only now is it sure what it waits for.
  const bool overdue = connection.is_overdue(now, in_a_hurry);
  Conversation conversation(engine_, connection, Conversation::Role::keeper);
  if (connection.phase == Phase::idle && (overdue || closing_idle)) {
    conversation.close_if_silent();
  } else if (overdue) {
    conversation.expire();
  } else if (!connection.park()) {
    conversation.run();
  }
}

/// One batch, since the keeper has other things to do: what is left has its turn right after them.
void Keeper::help_workers() {
  more_to_read_ = false;
  if (!engine_.help_wanted.load()) {
    helping_ = false;
    return;
  }
  // A worker that becomes busy from here on sets the flag again.
  engine_.help_wanted.store(false);
  if (engine_.busy.load() < engine_.options.workers) {
    helping_ = false;
    return;
  }
  engine_.help_wanted.store(true);
  // Handlers that are quick free a worker within the first pause: only then it is worth it.
  if (!std::exchange(helping_, true)) return;
  std::array<epoll_event, 64> buffer{};
  const auto events = engine_.poller.wait(buffer, 0);
  for (const auto& event : events) dispatch(engine_, event, Conversation::Role::keeper);
  more_to_read_ = events.size() == buffer.size();
}

/// A worker that stays in a handler without saying what it waits for leaves nobody who listens: not
/// often enough to be worth a look at each request, and looked at once in a while.
void Keeper::attend(Steady::time_point now) {
  if (attend_at_ == Steady::time_point::max() && engine_.unattended.load()) {
    attend_at_ = now + kAttendEvery;
  }
  if (now < attend_at_) return;
  attend_at_ = Steady::time_point::max();
  // Who listened and hears from here on rings again.
  engine_.unattended.store(false);
  if (!engine_.leaders.keep_going()) return;
  engine_.unattended.store(true);
  attend_at_ = now + kAttendEvery;
}

void Keeper::refuse_waiting(Steady::time_point now) {
  while (Connection* connection = engine_.ready.pop_refused(now)) {
    Conversation(engine_, *connection, Conversation::Role::keeper).refuse_waiting();
  }
}

void Keeper::drain(milliseconds grace, milliseconds idle_patience) {
  engine_.draining.store(true);
  engine_.mailbox->post([this, grace, idle_patience] { begin_drain(grace, idle_patience); });
  std::unique_lock lock(mutex_);
  emptied_.wait_for(lock, grace, [this] { return empty_; });
}

void Keeper::begin_drain(milliseconds grace, milliseconds idle_patience) {
  if (!listener_) return;
  // Who is in the backlog has a connection, and maybe sent a request: it is answered too.
  while (accept_waiting()) continue;
  listener_.reset();
  const auto now = Steady::now();
  // An idle client may be sending just now; closing at once would lose that request.
  close_idle_at_ = now + idle_time(grace, idle_patience);
  hurry_at_ = now + kHurryAfter;
  late_.drain(now + grace / 2);
  next_sweep_ = now;
}

void Keeper::report_if_empty() {
  if (!engine_.draining.load() || listener_ || engine_.table.size() > 0) return;
  const std::lock_guard lock(mutex_);
  empty_ = true;
  emptied_.notify_all();
}

milliseconds idle_time(milliseconds grace, milliseconds idle_patience) {
  return std::min(idle_patience, std::max(grace * 3 / 4, grace - kLeastAfterIdle));
}

void dispatch(Engine& engine, const epoll_event& event, Conversation::Role role) {
  if (event.data.u64 == Engine::kWakeTag) return;
  const auto id = ConnectionId::unpack(event.data.u64);
  Connection& connection = engine.table.at(id.slot);
  switch (connection.take(id, event.events)) {
    case Connection::Taken::mine: return Conversation(engine, connection, role).run();
    case Connection::Taken::late:
      return engine.mailbox->post([&engine, id] { engine.late->on_event(id); });
    case Connection::Taken::elsewhere: return;
  }
}

}  // namespace mercato::http::inbound
