#include "http/lane.hpp"

#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <exception>
#include <utility>

#include <mercato/http/problem.hpp>
#include <mercato/log/log.hpp>
#include <mercato/tracing/trace.hpp>

namespace user::api {
namespace {

namespace http = mercato::http;

// How many may wait for the first thread before another one helps it.
constexpr std::size_t kLeftToTheFirst = 2;

// Not getting it is no reason not to serve. Linux keeps a niceness for each thread.
void stand_back(bool first, int niceness) {
  if (first || niceness == 0) {
    static_cast<void>(::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), niceness));
  } else {
    const sched_param none{};
    static_cast<void>(::sched_setscheduler(0, SCHED_IDLE, &none));
  }
}

http::Request without_secrets(const http::Request& request) {
  http::Request copy;
  copy.method = request.method;
  copy.path = request.path;
  copy.route = request.route;
  copy.target = request.target;
  copy.request_id = request.request_id;
  copy.trace = request.trace;
  copy.deadline = request.deadline;
  return copy;
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

http::Deferred Lane::run(const http::Request& request, Work work) {
  const auto start_by = mercato::Deadline::in(options_.max_wait).earlier_of(request.deadline);
  Job job{without_secrets(request), std::move(work), {}, start_by};
  http::Deferred deferred(job.completer, request.deadline.remaining(),
                          [problem = http::problem(busy(), request)] { return problem; });
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() >= options_.max_waiting) throw busy();
    waiting_.push_back(std::move(job));
  }
  changed_.notify_all();  // not all of them take what there is
  return deferred;
}

void Lane::serve(bool first) {
  stand_back(first, options_.niceness);
  const std::size_t left_to_others = first || options_.niceness == 0 ? 0 : kLeftToTheFirst;
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return stopping_ || waiting_.size() > left_to_others; });
    if (waiting_.empty()) return;
    const Job job = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    finish(job);
    lock.lock();
  }
}

void Lane::finish(const Job& job) const {
  const mercato::tracing::Scope scope(job.request.trace, job.request.request_id);
  try {
    // Who has hung up while waiting has most likely gone; if not, there is an answer all the same.
    if (job.completer.abandoned() || job.start_by.expired()) throw busy();
    job.completer.complete(job.work());
  } catch (const mercato::Error& error) {
    job.completer.complete(http::problem(error, job.request));
  } catch (const std::exception& error) {
    mercato::log::error("request failed", {{"route", job.request.route}, {"error", error.what()}});
    const mercato::Error internal(mercato::ErrorKind::internal, "internal");
    job.completer.complete(http::problem(internal, job.request));
  }
}

mercato::Overloaded Lane::busy() const {
  return mercato::Overloaded(options_.busy);
}

}  // namespace user::api
