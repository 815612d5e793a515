#include "mercato/db/pool.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <random>
#include <thread>
#include <vector>

#include "mercato/db/connection_url.hpp"
#include "mercato/db/failure.hpp"
#include "mercato/db/session.hpp"
#include "mercato/db/watch.hpp"
#include "mercato/log/log.hpp"
#include "mercato/metrics/metrics.hpp"
#include "mercato/resilience/backoff.hpp"
#include "mercato/threads/waiting.hpp"

namespace mercato::db {
namespace {

using namespace std::chrono_literals;
using Steady = Deadline::Steady;

constexpr std::size_t kMaxTries = 3;
// Two that got in each other's way must not meet again at the same moment.
constexpr auto kRetryBase = 20ms;
constexpr auto kRetryCap = 100ms;
constexpr auto kRetryOpening = 200ms;
// On a machine that has too much to do, two seconds may not be enough to prove a password; given up
// then, the opening is begun anew, and never done. Who failed while the server was up takes longer.
constexpr const char* kPatience_s = "10";
// To prove a password costs client and server milliseconds of CPU each: a service that starts has
// something better to do than that a dozen times over. The rest are opened when somebody waits for
// one, or a little later.
constexpr std::size_t kFirstOpened = 2;
constexpr auto kOpenAllAfter = 500ms;
// At each look one idle session is replaced that has no more than a tenth of its life before it.
constexpr int kLooksInALife = 100;
constexpr int kAgedBefore = 10;

std::string milliseconds(std::chrono::milliseconds duration) {
  return std::to_string(duration.count());
}

struct Gauges {
  metrics::Gauge up = metrics::registry().gauge("db_up", "1 while the database answers.");
  metrics::Gauge open =
      metrics::registry().gauge("db_pool_open_connections", "Connections to the database.");
  metrics::Gauge in_use =
      metrics::registry().gauge("db_pool_used_connections", "Connections that a request holds.");
  metrics::Gauge waiting =
      metrics::registry().gauge("db_pool_waiting", "Callers that wait for a connection.");
};

}  // namespace

struct Pool::Impl {
  using Sessions = std::vector<std::unique_ptr<Session>>;

  explicit Impl(PoolOptions pool_options);
  ~Impl();

  /// An idle session, or Error 503 when there is none in time or the database is down.
  std::unique_ptr<Session> borrow(Deadline deadline);
  void give_back(std::unique_ptr<Session> session);
  /// Lets go of all sessions that are as old as this one, which a migration has overtaken: as they
  /// become idle, and once, however many of them find out.
  void renew(const Session& stale);

  const PoolOptions options;
  const std::string url;
  const std::string patient_url;
  const Gauges gauges;
  const metrics::Counter retries = metrics::registry().counter(
      "db_retries_total", "Transactions that were run once more after a conflict.");

  mutable std::mutex mutex;
  std::condition_variable returned;  // a session is idle, or the database's state changed
  std::condition_variable wanted;    // a session is missing, or we stop
  Sessions idle;                    // the last one given back is the first one used
  Steady::time_point renewed_at{};  // older sessions are not used again
  std::size_t open = 0;             // idle, in use or being opened
  std::size_t waiting = 0;
  bool stopping = false;
  std::atomic<bool> opened_any{false};
  std::atomic<bool> none_opens{false};  // there is no session, and opening one failed

  Watch watch;
  std::thread opener;

 private:
  void on_state(Watch::State state);
  void keep_open();
  std::unique_ptr<Session> open_session(bool patiently);
  Sessions::iterator find_aged();
  void replace_aged(std::unique_ptr<Session> session, std::unique_lock<std::mutex>& lock);
  std::unique_ptr<Session> take_fit(Sessions& unfit);
  void show();  // under the mutex
};

Pool::Impl::Impl(PoolOptions pool_options)
    : options(std::move(pool_options)),
      url(connection_url(options.url, options.application_name,
                         {{"statement_timeout", milliseconds(options.statement_timeout)},
                          {"lock_timeout", milliseconds(options.lock_timeout)},
                          {"idle_in_transaction_session_timeout", "5000"},
                          {"plan_cache_mode", "force_generic_plan"},
                          {"enable_seqscan", "off"},
                          // A scan that is "off" is taken for so dear that it were worth compiling,
                          // which takes half a second, and more where the machine is busy.
                          {"jit", "off"}})),
      patient_url(with_parameters(url, {{"connect_timeout", kPatience_s}})),
      watch(connection_url(options.url, options.application_name + "-watch"),
            [this](Watch::State state) { on_state(state); }),
      opener([this] { keep_open(); }) {}

Pool::Impl::~Impl() {
  {
    const std::lock_guard lock(mutex);
    stopping = true;
  }
  wanted.notify_all();
  opener.join();
}

void Pool::Impl::on_state(Watch::State state) {
  gauges.up.set(state == Watch::State::up ? 1 : 0);
  // With the mutex, so that nobody is between looking at the state and falling asleep.
  { const std::lock_guard lock(mutex); }
  returned.notify_all();
  wanted.notify_all();
}

void Pool::Impl::keep_open() {
  const auto open_all_from = Steady::now() + kOpenAllAfter;
  const auto missing = [&] {
    if (stopping) return true;
    const bool all = waiting > 0 || Steady::now() >= open_all_from;
    return open < (all ? options.size : std::min(options.size, kFirstOpened)) &&
           watch.state() != Watch::State::down;
  };
  auto look_at = open_all_from;
  bool patiently = false;
  std::unique_lock lock(mutex);
  for (;;) {
    const bool replaces = !wanted.wait_until(lock, look_at, missing);
    if (stopping) return;
    look_at = Steady::now() + options.max_age / kLooksInALife;
    if (replaces && find_aged() == idle.end()) continue;
    ++open;
    lock.unlock();
    auto session = open_session(patiently);
    patiently = !session && watch.state() == Watch::State::up;
    lock.lock();
    if (!session) {
      --open;
      none_opens = open == 0;
      wanted.wait_for(lock, kRetryOpening, [this] { return stopping; });
    } else if (replaces) {
      replace_aged(std::move(session), lock);
    } else {
      idle.push_back(std::move(session));
      opened_any = true;
      none_opens = false;
      show();
      returned.notify_one();
    }
  }
}

/// The least used of the idle sessions that the next borrower would not take, or a later one soon
/// will not: found only then, they would all be missing at once, when many want one.
Pool::Impl::Sessions::iterator Pool::Impl::find_aged() {
  if (watch.state() != Watch::State::up) return idle.end();
  const auto soon = Steady::now() + options.max_age / kAgedBefore;
  return std::find_if(idle.begin(), idle.end(), [&](const auto& session) {
    return session->expires_at() <= soon || session->opened_at() < renewed_at || !session->fit();
  });
}

/// Closes the new one, if the old one is in use by now.
void Pool::Impl::replace_aged(std::unique_ptr<Session> session,
                              std::unique_lock<std::mutex>& lock) {
  if (const auto aged = find_aged(); aged != idle.end()) std::swap(session, *aged);
  --open;
  lock.unlock();
  session.reset();
  lock.lock();
}

std::unique_ptr<Session> Pool::Impl::open_session(bool patiently) {
  thread_local std::minstd_rand random{std::random_device{}()};
  // Not all of one age, lest all have to be replaced at once.
  const auto max_age = options.max_age.count();
  const std::chrono::milliseconds lives(
      std::uniform_int_distribution(max_age - max_age / 4, max_age)(random));
  try {
    return std::make_unique<Session>(patiently ? patient_url : url, watch,
                                     options.statement_timeout, Steady::now() + lives);
  } catch (const std::exception& error) {
    // While the database is down the watch has said so already.
    if (watch.state() == Watch::State::up) {
      log::warn("cannot open a database connection",
                {{"reason", parse_server_error(error.what()).message}});
    }
    return nullptr;
  }
}

std::unique_ptr<Session> Pool::Impl::borrow(Deadline deadline) {
  const auto limit = std::min(Steady::now() + options.wait_timeout, deadline.at());
  Sessions unfit;  // outlives the lock: closing takes a system call
  std::unique_lock lock(mutex);
  std::unique_ptr<Session> session;
  std::optional<threads::Waiting> stands_still;
  if (idle.empty()) stands_still.emplace();
  ++waiting;
  if (idle.empty()) wanted.notify_one();
  const bool in_time = returned.wait_until(lock, limit, [&] {
    session = take_fit(unfit);
    return session != nullptr || watch.state() == Watch::State::down;
  });
  --waiting;
  show();
  if (session) return session;
  throw unavailable(in_time ? "The database cannot be reached. Try again."
                            : "Too many requests wait for the database. Try again.");
}

std::unique_ptr<Session> Pool::Impl::take_fit(Sessions& unfit) {
  if (watch.state() == Watch::State::down) return nullptr;
  while (!idle.empty()) {
    auto session = std::move(idle.back());
    idle.pop_back();
    if (session->fit() && session->opened_at() >= renewed_at) return session;
    unfit.push_back(std::move(session));
    --open;
    wanted.notify_one();
  }
  return nullptr;
}

void Pool::Impl::give_back(std::unique_ptr<Session> session) {
  bool usable = session->usable();
  {
    const std::lock_guard lock(mutex);
    usable = usable && session->opened_at() >= renewed_at;
    if (usable) {
      idle.push_back(std::move(session));
    } else {
      --open;
    }
    show();
  }
  (usable ? returned : wanted).notify_one();
}

void Pool::Impl::renew(const Session& stale) {
  const std::lock_guard lock(mutex);
  if (stale.opened_at() >= renewed_at) renewed_at = Steady::now();
}

void Pool::Impl::show() {
  gauges.open.set(static_cast<double>(open));
  gauges.in_use.set(static_cast<double>(open - idle.size()));
  gauges.waiting.set(static_cast<double>(waiting));
}

Pool::Pool(PoolOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
Pool::~Pool() = default;

void Pool::run(Mode mode, Deadline deadline, const std::function<void(Transaction&)>& work) {
  for (std::size_t tries = 1; !run_once(mode, deadline, work, tries == kMaxTries); ++tries) {
    impl_->retries.add();
    std::this_thread::sleep_for(resilience::full_jitter(tries, kRetryBase, kRetryCap));
  }
}

bool Pool::run_once(Mode mode, Deadline deadline, const std::function<void(Transaction&)>& work,
                    bool last_try) {
  const auto give_back = [this](Session* session) {
    impl_->give_back(std::unique_ptr<Session>(session));
  };
  const std::unique_ptr<Session, decltype(give_back)> session(impl_->borrow(deadline).release(),
                                                              give_back);
  try {
    if (mode == Mode::transaction) {
      session->transact(deadline, work);
    } else {
      session->run_single(deadline, work);
    }
    return true;
  } catch (const StalePlan&) {
    impl_->renew(*session);
    if (last_try) throw;
  } catch (const Conflict&) {
    if (last_try) throw;
  } catch (const ConnectionLost&) {
    // A single statement may have been done; one that timed out has used up its time.
    if (last_try || mode == Mode::single_statement || session->was_shut()) throw;
  }
  return false;
}

bool Pool::healthy() const {
  return impl_->opened_any && !impl_->none_opens && impl_->watch.state() == Watch::State::up;
}

Pool::Load Pool::load() const {
  const std::lock_guard lock(impl_->mutex);
  return {impl_->options.size, impl_->open, impl_->open - impl_->idle.size(), impl_->waiting};
}

}  // namespace mercato::db
