#include "mercato/db/watch.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <system_error>
#include <utility>

#include "mercato/log/log.hpp"

namespace mercato::db {
namespace {

using namespace std::chrono_literals;
using Steady = Deadline::Steady;

constexpr auto kHeartbeat = 1s;
// Together under a second: that long a request may wait for a server that has just frozen.
constexpr auto kSuspicion = 200ms;     // a statement that takes this long makes us ask
constexpr auto kAnswerWithin = 500ms;  // a server that answers nobody in this time is down
constexpr auto kTryWithin = 2s;
constexpr auto kRetryPause = 100ms;
// Ticks are 100 ms apart; one that comes later than this was held up here, not by the server.
constexpr auto kLateTick = 150ms;

constexpr auto kNobodyWaits = std::numeric_limits<Steady::rep>::max();
constexpr auto kShut = std::numeric_limits<Steady::rep>::min();

Steady::rep ticks(Steady::time_point at) {
  return at.time_since_epoch().count();
}

}  // namespace

WatchedSocket::WatchedSocket(int fd) : fd_(::fcntl(fd, F_DUPFD_CLOEXEC, 0)), until_(kNobodyWaits) {
  if (fd_ < 0) throw std::system_error(errno, std::generic_category(), "cannot watch a socket");
}

WatchedSocket::~WatchedSocket() {
  ::close(fd_);
}

void WatchedSocket::arm(Steady::time_point until) {
  since_.store(ticks(Steady::now()), std::memory_order_relaxed);
  auto idle = kNobodyWaits;
  until_.compare_exchange_strong(idle, ticks(until), std::memory_order_acq_rel);
}

void WatchedSocket::disarm() {
  auto until = until_.load(std::memory_order_acquire);
  if (until != kShut) until_.compare_exchange_strong(until, kNobodyWaits);
}

void WatchedSocket::hear() {
  heard_at_.store(ticks(Steady::now()), std::memory_order_relaxed);
}

Steady::time_point WatchedSocket::heard_at() const {
  return Steady::time_point(Steady::duration(heard_at_.load(std::memory_order_relaxed)));
}

bool WatchedSocket::was_shut() const {
  return until_.load(std::memory_order_acquire) == kShut;
}

bool WatchedSocket::waiting_since_before(Steady::time_point at) const {
  const auto until = until_.load(std::memory_order_acquire);
  if (until == kNobodyWaits || until == kShut) return false;
  return since_.load(std::memory_order_relaxed) <= ticks(at);
}

void WatchedSocket::shut_if_overdue(Steady::time_point now) {
  const auto until = until_.load(std::memory_order_acquire);
  if (until <= ticks(now)) shut(until);
}

void WatchedSocket::shut_if_waiting_since_before(Steady::time_point at) {
  const auto until = until_.load(std::memory_order_acquire);
  if (waiting_since_before(at)) shut(until);
}

void WatchedSocket::shut(Ticks expected_until) {
  if (expected_until == kNobodyWaits || expected_until == kShut) return;
  // Only if it still is the wait that we saw: the next one has another deadline.
  if (until_.compare_exchange_strong(expected_until, kShut)) ::shutdown(fd_, SHUT_RDWR);
}

/// Ticks, until the server has answered nobody for too long. One that never answered, or is down,
/// may take its time.
class Watch::Patience {
 public:
  explicit Patience(Watch& watch) : watch_(watch), was_down_(watch.state() == State::down) {}

  [[nodiscard]] bool tick() {
    if (!watch_.tick()) return false;
    const auto now = Steady::now();
    silence_ = watch_.heard_at_ > ticked_at_
                   ? Steady::duration::zero()
                   : silence_ + std::min<Steady::duration>(now - ticked_at_, kLateTick);
    ticked_at_ = now;
    return !is_over();
  }
  [[nodiscard]] bool is_over() const {
    const bool answered_ever = watch_.heard_at_ != Steady::time_point();
    return answered_ever && !was_down_ && silence_ >= kAnswerWithin;
  }

 private:
  Watch& watch_;
  const bool was_down_;
  Steady::time_point ticked_at_ = Steady::now();
  Steady::duration silence_{};
};

Watch::Watch(std::string url, std::function<void(State)> on_change)
    : url_(std::move(url)), on_change_(std::move(on_change)), thread_([this] { run(); }) {}

Watch::~Watch() {
  stopping_ = true;
  thread_.join();
}

std::shared_ptr<WatchedSocket> Watch::watch(int fd) {
  auto socket = std::make_shared<WatchedSocket>(fd);
  const std::lock_guard lock(mutex_);
  sockets_.push_back(socket);
  return socket;
}

void Watch::run() {
  while (!stopping_) {
    if (!link_) {
      connect();
    } else {
      rest();
      probe();
    }
  }
}

void Watch::connect() {
  Patience patience(*this);
  const auto deadline = Deadline::in(kTryWithin);
  auto link = std::make_unique<Link>(url_, deadline, [&] { return patience.tick(); });
  if (link->alive()) {
    link_ = std::move(link);
    heard_at_ = Steady::now();
    set_state(State::up);
    return;
  }
  if (stopping_) return;
  const auto reason = link->error();
  const bool full = link->refused_as_full();
  link.reset();
  if (full) heard_at_ = Steady::now();
  // Not so if it took too long while others were answered, or only we have no connection.
  if (patience.is_over() || state() != State::up || !(full || deadline.expired())) {
    set_state(State::down, reason.empty() ? "no answer to a connection" : reason);
  }
  pause(kRetryPause, [this] { return tick(); });
}

void Watch::rest() {
  const auto quiet = [this] { return tick() && !suspicious(); };
  if (link_->await_input(Deadline::in(kHeartbeat), quiet)) link_->take_notifications();
}

void Watch::probe() {
  if (stopping_) return;
  Patience patience(*this);
  if (link_->execute("SELECT 1", Deadline::in(kTryWithin), [&] { return patience.tick(); })) {
    heard_at_ = Steady::now();
    return;
  }
  // An ended connection may be our own misfortune: whether the server is gone, connecting tells.
  if (patience.is_over() && link_->alive() && !stopping_) set_state(State::down, "no answer");
  link_.reset();
}

bool Watch::tick() {
  const auto now = Steady::now();
  const std::lock_guard lock(mutex_);
  std::erase_if(sockets_, [&](const std::weak_ptr<WatchedSocket>& weak) {
    const auto socket = weak.lock();
    if (!socket) return true;
    heard_at_ = std::max(heard_at_, socket->heard_at());
    socket->shut_if_overdue(now);
    if (state() == State::down) socket->shut_if_waiting_since_before(now - kAnswerWithin);
    return false;
  });
  return !stopping_;
}

bool Watch::suspicious() {
  const auto before = Steady::now() - kSuspicion;
  if (heard_at_ > before) return false;
  const std::lock_guard lock(mutex_);
  return std::any_of(sockets_.begin(), sockets_.end(), [&](const auto& weak) {
    const auto socket = weak.lock();
    return socket && socket->waiting_since_before(before);
  });
}

void Watch::set_state(State state, const std::string& reason) {
  if (state_.exchange(state) == state) return;
  if (state == State::down) {
    log::error("database is unreachable", {{"reason", reason}});
  } else {
    log::info("database is reachable");
  }
  tick();
  on_change_(state);
}

}  // namespace mercato::db
