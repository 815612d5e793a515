#include "workers/saga_runners.hpp"

#include <algorithm>
#include <exception>
#include <string>
#include <utility>

#include <mercato/log/log.hpp>
#include <mercato/tracing/span.hpp>

namespace order::workers {
namespace {

namespace log = mercato::log;
namespace tracing = mercato::tracing;

/// One attempt may take this long: more than payment needs to find out what its provider did.
constexpr std::chrono::seconds kAttempt{6};

/// Money and stock owed to somebody go before new business.
std::size_t urgency(SagaKind kind) {
  switch (kind) {
    case SagaKind::capture:
      return 0;
    case SagaKind::undo:
      return 1;
    case SagaKind::refund:
      return 2;
    case SagaKind::checkout:
      return 3;
  }
  return 3;
}

/// Runs the saga inside its trace. What is thrown is a database that is away: the lease is let go
/// with the saga, and the next scan finds it.
template <class F>
void run_traced(Saga saga, F&& run) {
  tracing::Work work(tracing::Span::Kind::internal, "saga " + std::string(name(saga.kind)),
                     tracing::TraceContext::resume(saga.trace_id));
  const auto order = saga.order;
  work.note("order_id", order.str());
  work.note("attempt", std::to_string(saga.attempt));
  try {
    run(std::move(saga));
  } catch (const std::exception& error) {
    work.fail();
    log::warn("a saga could not be run, it will be taken up again",
              {{"order_id", order.str()}, {"error", error.what()}});
  }
}

}  // namespace

void Lane::start(Run run) {
  {
    const std::lock_guard lock(mutex_);
    run_ = std::move(run);
    running_ = true;
  }
  for (std::size_t i = 0; i < thread_count_; ++i) threads_.emplace_back([this] { work(); });
}

void Lane::stop() {
  std::array<Queue, 4> let_go;
  {
    const std::lock_guard lock(mutex_);
    running_ = false;
    let_go = std::move(queues_);
    queues_ = {};
  }
  changed_.notify_all();
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

void Lane::add(Saga saga, Origin origin) {
  {
    const std::lock_guard lock(mutex_);
    if (!running_ || room_for(origin) == 0) return;
    auto& queue = queues_.at(urgency(saga.kind));
    (origin == Origin::begun ? queue.begun : queue.taken_up).push_back(std::move(saga));
  }
  changed_.notify_one();
}

std::size_t Lane::room() const {
  const std::lock_guard lock(mutex_);
  return room_for(Origin::taken_up);
}

std::size_t Lane::room_for(Origin origin) const {
  const auto room = kMaxQueue - queued();
  return origin == Origin::begun ? room : std::min(room, kMaxTakenUp - taken_up());
}

std::size_t Lane::begun(SagaKind kind) const {
  const std::lock_guard lock(mutex_);
  return queues_.at(urgency(kind)).begun.size();
}

std::size_t Lane::queued() const {
  std::size_t count = taken_up();
  for (const auto& queue : queues_) count += queue.begun.size();
  return count;
}

std::size_t Lane::taken_up() const {
  std::size_t count = 0;
  for (const auto& queue : queues_) count += queue.taken_up.size();
  return count;
}

Saga Lane::Queue::pop() {
  auto& next = begun.empty() || (taken_up_next && !taken_up.empty()) ? taken_up : begun;
  taken_up_next = &next == &begun;
  auto saga = std::move(next.front());
  next.pop_front();
  return saga;
}

std::optional<Saga> Lane::take() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !running_ || queued() > 0; });
  for (auto& queue : queues_) {
    if (!queue.begun.empty() || !queue.taken_up.empty()) return queue.pop();
  }
  return std::nullopt;
}

void Lane::work() {
  while (auto saga = take()) run_(std::move(*saga));
}

void SagaRunners::start(DriveSaga& drive, CapturePayment& capture) {
  completed_.emplace(capture);
  captures_.start([this, &drive](Saga saga) {
    run_traced(std::move(saga), [&](Saga taken) {
      auto done = drive.capture(std::move(taken), mercato::Deadline::in(kAttempt));
      if (done) completed_->add(std::move(*done));
    });
  });
  others_.start([&drive](Saga saga) {
    run_traced(std::move(saga), [&](Saga taken) {
      drive.run(std::move(taken), mercato::Deadline::in(kAttempt));
    });
  });
}

void SagaRunners::stop() {
  captures_.stop();
  others_.stop();
  completed_.reset();  // writes down what the last runners completed
}

void SagaRunners::dispatch(Saga saga) {
  auto& its_lane = lane(saga.kind);
  its_lane.add(std::move(saga), Lane::Origin::begun);
}

void SagaRunners::take_up(Saga saga) {
  auto& its_lane = lane(saga.kind);
  its_lane.add(std::move(saga), Lane::Origin::taken_up);
}

/// New orders are refused for those in front of them. What was begun long ago and is tried again
/// and again, as while the provider is away, is in nobody's way and does not count.
std::size_t SagaRunners::waiting_checkouts() const {
  return others_.begun(SagaKind::checkout);
}

std::size_t SagaRunners::room(SagaLane lane) const {
  return lane == SagaLane::captures ? captures_.room() : others_.room();
}

Lane& SagaRunners::lane(SagaKind kind) {
  return lane_of(kind) == SagaLane::captures ? captures_ : others_;
}

}  // namespace order::workers
