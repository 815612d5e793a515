#include "mercato/http/outbound/pool.hpp"

#include <algorithm>
#include <utility>

#include "mercato/threads/waiting.hpp"

namespace mercato::http::outbound {
namespace {

// Servers close idle connections after 60 s: one that is nearly that old is not worth the risk.
constexpr std::chrono::seconds kMaxIdle{50};

constexpr std::size_t kAnswersFailedToEject = 3;
constexpr std::chrono::milliseconds kFirstEjection{1'000};
constexpr std::chrono::milliseconds kLongestEjection{8'000};
constexpr std::size_t kMaxDoublings = 3;

}  // namespace

Pool::Pool(PoolOptions options) : options_(std::move(options)), addresses_(options_.base_urls) {
  const auto& endpoints = addresses_.endpoints();
  const auto is_tls = [](const Endpoint& endpoint) { return endpoint.tls; };
  if (std::any_of(endpoints.begin(), endpoints.end(), is_tls)) {
    tls_ = crypto::TlsContext::client(options_.authorities_file);
  }
}

std::variant<Lease, NoConnection> Pool::borrow(Kind kind, Deadline deadline) {
  // What takes longer than connecting may is no reason to lose what is left of the deadline.
  const auto targets =
      addresses_.targets(deadline.earlier_of(Deadline::in(options_.connect_timeout)));
  if (targets->empty()) return NoConnection{"no address is known", true};
  if (!wait_for_turn(deadline)) return NoConnection{"all connections are in use", false};
  std::string reason = "no time is left to connect";
  for (const auto& target : most_trusted_first(*targets)) {
    if (kind == Kind::any) {
      if (auto idle = take_idle(*target)) return Lease{target, std::move(idle), true};
    }
    if (deadline.expired()) break;
    const auto limit = deadline.earlier_of(Deadline::in(options_.connect_timeout));
    const auto& endpoint = target->endpoint;
    const auto* const tls = endpoint.tls ? &*tls_ : nullptr;
    auto opened = net::Transport::open(target->address, tls, endpoint.host, limit);
    if (opened.transport) {
      return Lease{target, std::make_unique<Connection>(std::move(opened.transport)), false};
    }
    record(*target, false, 1);
    reason = std::move(opened.reason);
  }
  end_turn();
  return NoConnection{std::move(reason), true};
}

void Pool::give_back(Lease lease, bool healthy) {
  record(*lease.target, healthy, kAnswersFailedToEject);
  if (lease.connection->reusable()) {
    const auto now = std::chrono::steady_clock::now();
    const std::lock_guard lock(mutex_);
    auto& idle = lease.target->idle;
    if (idle.size() < options_.max_connections) {
      idle.push_back({std::move(lease.connection), now});
    }
  }
  end_turn();
}

bool Pool::wait_for_turn(Deadline deadline) {
  std::unique_lock lock(mutex_);
  const auto free = [this] { return lent_ < options_.max_connections; };
  const threads::Waiting waiting;
  if (!free() && !turn_ended_.wait_for(lock, deadline.remaining(), free)) return false;
  ++lent_;
  return true;
}

void Pool::end_turn() {
  {
    const std::lock_guard lock(mutex_);
    --lent_;
  }
  turn_ended_.notify_one();
}

Targets Pool::most_trusted_first(const Targets& targets) {
  if (targets.size() == 1) return targets;
  const auto now = std::chrono::steady_clock::now();
  Targets ranked = targets;
  const std::lock_guard lock(mutex_);
  const auto first = static_cast<std::ptrdiff_t>(next_++ % ranked.size());
  std::rotate(ranked.begin(), ranked.begin() + first, ranked.end());
  std::stable_partition(ranked.begin(), ranked.end(),
                        [&](const auto& target) { return target->ejected_until <= now; });
  return ranked;
}

std::unique_ptr<Connection> Pool::take_idle(Target& target) {
  const auto now = std::chrono::steady_clock::now();
  for (;;) {
    Target::Idle candidate;
    std::vector<Target::Idle> expired;  // closed after the lock is gone
    {
      const std::lock_guard lock(mutex_);
      if (target.idle.empty()) return nullptr;
      if (now - target.idle.back().since > kMaxIdle) {
        expired.swap(target.idle);  // the others were idle for even longer
        return nullptr;
      }
      candidate = std::move(target.idle.back());
      target.idle.pop_back();
    }
    if (!candidate.connection->stale()) return std::move(candidate.connection);
  }
}

void Pool::record(Target& target, bool healthy, std::size_t failures_to_eject) {
  const auto now = std::chrono::steady_clock::now();
  const std::lock_guard lock(mutex_);
  if (healthy) {
    target.failures_in_a_row = 0;
    target.ejected_until = {};
    return;
  }
  if (++target.failures_in_a_row < failures_to_eject) return;
  const auto doublings = std::min(target.failures_in_a_row - failures_to_eject, kMaxDoublings);
  target.ejected_until = now + std::min(kLongestEjection, kFirstEjection * (1U << doublings));
}

}  // namespace mercato::http::outbound
