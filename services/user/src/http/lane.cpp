#include "http/lane.hpp"

#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include <mercato/http/late_work.hpp>
#include <mercato/http/problem.hpp>

namespace user::api {
namespace {

namespace http = mercato::http;

// How many may wait for the first thread before another one helps it.
constexpr std::size_t kLeftToTheFirst = 2;

constexpr std::int32_t kMostNice = 19;

// As sched_setattr(2) takes it in its first version, for which older C libraries have no type.
struct SchedulingAttributes {
  std::uint32_t size = sizeof(SchedulingAttributes);
  std::uint32_t policy = SCHED_OTHER;
  std::uint64_t flags = 0;
  std::int32_t nice = 0;
  std::uint32_t priority = 0;
  std::uint64_t runtime_ns = 0;
  std::uint64_t deadline_ns = 0;
  std::uint64_t period_ns = 0;
};

// The longest slice that there is: from Linux 6.12 on, whoever wakes up with a shorter one is let
// in at once, while the share of the processor stays the same. Older ones take the niceness of it.
constexpr std::uint64_t kLongSliceNs = 100'000'000;

// Not getting it is no reason not to serve. Linux keeps a niceness for each thread.
void stand_back(bool first, int niceness) {
  if (niceness == 0) return;
  // Not SCHED_IDLE: what helps holds locks now and then, and memory that others wait for.
  const SchedulingAttributes attributes{.nice = first ? niceness : kMostNice,
                                        .runtime_ns = kLongSliceNs};
  static_cast<void>(::syscall(SYS_sched_setattr, 0, &attributes, 0));
}

}  // namespace

Lane::Lane(const LaneOptions& options) : options_(options) {
  for (std::size_t i = 0; i < options_.threads; ++i) {
    threads_.emplace_back([this, first = i == 0] { serve(first); });
  }
}

Lane::~Lane() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (auto& thread : threads_) thread.join();
}

http::Deferred Lane::run(const http::Request& request, Work work, std::string whose) {
  const auto start_by = mercato::Deadline::in(options_.max_wait).earlier_of(request.deadline);
  Job job{http::remembered(request), std::move(work), std::move(whose), {}, start_by};
  http::Deferred deferred(job.completer, request.deadline.remaining(),
                          [problem = http::problem(busy(), request)] { return problem; });
  {
    const std::lock_guard lock(mutex_);
    const bool one_waits =
        !job.whose.empty() && std::any_of(waiting_.begin(), waiting_.end(), [&](const Job& other) {
          return other.whose == job.whose;
        });
    if (one_waits || waiting_.size() >= options_.max_waiting) throw busy();
    waiting_.push_back(std::move(job));
  }
  changed_.notify_all();  // not all of them take what there is
  return deferred;
}

std::deque<Lane::Job>::iterator Lane::next() {
  return std::find_if(waiting_.begin(), waiting_.end(),
                      [this](const Job& job) { return worked_for_.count(job.whose) == 0; });
}

void Lane::serve(bool first) {
  stand_back(first, options_.niceness);
  const std::size_t left_to_others = first || options_.niceness == 0 ? 0 : kLeftToTheFirst;
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] {
      if (stopping_ && waiting_.empty()) return true;
      return (stopping_ || waiting_.size() > left_to_others) && next() != waiting_.end();
    });
    if (waiting_.empty()) return;
    const auto taken = next();
    const Job job = std::move(*taken);
    waiting_.erase(taken);
    if (!job.whose.empty()) worked_for_.insert(job.whose);
    lock.unlock();
    finish(job);
    lock.lock();
    if (worked_for_.erase(job.whose) > 0) changed_.notify_all();
  }
}

void Lane::finish(const Job& job) const {
  http::complete_with(job.completer, job.request, [&] {
    // Who has hung up while waiting has most likely gone; if not, there is an answer all the same.
    if (job.completer.abandoned() || job.start_by.expired()) throw busy();
    return job.work();
  });
}

mercato::Overloaded Lane::busy() const {
  return mercato::Overloaded(options_.busy);
}

}  // namespace user::api
