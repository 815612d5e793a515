#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include <mercato/clock/clock.hpp>
#include <mercato/db/stragglers.hpp>
#include <mercato/error/error.hpp>
#include <mercato/log/log.hpp>
#include <mercato/process/service.hpp>

namespace catalog::workers {

/// Does many jobs of one kind in one go (group commit): while one batch is at the database, what
/// arrives waits and forms the next. So a product that everybody wants is locked, and its commit
/// flushed, once for a batch instead of once for each order; and however many wait for it, they
/// hold one connection and no thread. A job that finds nobody before it is done by its own thread
/// at once, unless others are to be expected.
///
/// submit() from any thread. The destructor finishes what is queued.
template <class Job, class Result>
class BatchLane {
 public:
  using Outcome = std::variant<Result, std::exception_ptr>;
  using Done = std::function<void(Outcome)>;
  struct Options {
    /// Does a batch; one result for each job, in order. What it throws concerns all of them.
    std::function<std::vector<Result>(const std::vector<Job>&, mercato::Deadline)> work;
    /// How much a job adds to a batch, and whether it may join one: jobs of one key never share.
    std::function<std::size_t(const Job&)> weight;
    std::function<bool(const Job&, const Job&)> same_key;
  };

  static constexpr std::size_t kMaxWeight = 1'000;
  static constexpr std::size_t kMaxQueue = 2'000;

  BatchLane(const char* name, Options options)
      : options_(std::move(options)), loop_(name, [this] { return step(); }) {
    loop_.start();
  }
  ~BatchLane() {
    loop_.stop();
    static_cast<void>(step());
  }
  BatchLane(const BatchLane&) = delete;
  BatchLane& operator=(const BatchLane&) = delete;

  /// The outcome, if the job could be done at once; else `done` is called with it later, on another
  /// thread. Error 503 if too many wait.
  template <class MakeDone>
  std::optional<Outcome> submit(Job job, mercato::Deadline deadline, const MakeDone& make_done) {
    const auto now = mercato::db::Stragglers::Steady::now();
    {
      const std::lock_guard lock(mutex_);
      stragglers_.arrived(now);
      if (busy_ || !queue_.empty() || stragglers_.expected(now)) {
        if (queue_.size() >= kMaxQueue) {
          throw mercato::Overloaded("Too many orders wait for stock. Try again.");
        }
        const bool first = queue_.empty();
        queue_.push_back({std::move(job), deadline, make_done(), now});
        if (first && !busy_) loop_.wake();
        return std::nullopt;
      }
      busy_ = true;
      stragglers_.begun(now, 1);
    }
    std::vector<Outcome> outcome = run({std::move(job)}, {deadline});
    bool more = false;
    {
      const std::lock_guard lock(mutex_);
      busy_ = false;
      more = !queue_.empty();
    }
    idle_.notify_all();
    if (more) loop_.wake();
    return std::move(outcome.front());
  }

 private:
  struct Entry {
    Job job;
    mercato::Deadline deadline;
    Done done;
    mercato::db::Stragglers::Time arrived;
  };

  /// Does everything that is queued.
  std::chrono::milliseconds step() {
    for (auto batch = take(); !batch.empty(); batch = take()) {
      std::vector<Job> jobs;
      jobs.reserve(batch.size());
      std::vector<mercato::Deadline> deadlines;
      deadlines.reserve(batch.size());
      for (auto& entry : batch) {
        jobs.push_back(std::move(entry.job));
        deadlines.push_back(entry.deadline);
      }
      auto outcomes = run(jobs, deadlines);
      for (std::size_t i = 0; i < batch.size(); ++i) batch[i].done(std::move(outcomes[i]));
      const std::lock_guard lock(mutex_);
      busy_ = false;
    }
    return std::chrono::milliseconds(1'000);
  }

  /// The next batch, which makes the lane busy; empty if nobody waits.
  std::vector<Entry> take() {
    std::unique_lock lock(mutex_);
    idle_.wait(lock, [this] { return !busy_; });
    if (!queue_.empty()) stragglers_.await(lock, queue_.front().arrived);
    std::vector<Entry> batch;
    std::size_t weight = 0;
    while (!queue_.empty()) {
      if (queue_.front().deadline.expired()) {  // answered by now; who asked will ask again
        queue_.pop_front();
        continue;
      }
      weight += options_.weight(queue_.front().job);
      if (!batch.empty() && (weight > kMaxWeight || shares_key(batch))) break;
      batch.push_back(std::move(queue_.front()));
      queue_.pop_front();
    }
    busy_ = !batch.empty();
    if (busy_) stragglers_.begun(mercato::db::Stragglers::Steady::now(), batch.size());
    return batch;
  }

  bool shares_key(const std::vector<Entry>& batch) const {
    for (const auto& entry : batch) {
      if (options_.same_key(entry.job, queue_.front().job)) return true;
    }
    return false;
  }

  /// One by one if they fail together: the others shall not suffer for one of them. Nor for its
  /// hurry: together they have the time of the most patient one, alone each has its own. (Who waits
  /// no longer is answered without us.)
  std::vector<Outcome> run(const std::vector<Job>& jobs,
                           const std::vector<mercato::Deadline>& deadlines) {
    std::vector<Outcome> outcomes;
    try {
      for (auto& result : options_.work(jobs, latest_of(deadlines))) {
        outcomes.emplace_back(std::move(result));
      }
    } catch (...) {
      if (jobs.size() == 1) return {std::current_exception()};
      for (std::size_t i = 0; i < jobs.size(); ++i) {
        outcomes.push_back(std::move(run({jobs[i]}, {deadlines[i]}).front()));
      }
    }
    return outcomes;
  }

  static mercato::Deadline latest_of(const std::vector<mercato::Deadline>& deadlines) {
    return *std::max_element(deadlines.begin(), deadlines.end(),
                             [](const auto& a, const auto& b) { return a.at() < b.at(); });
  }

  const Options options_;
  std::mutex mutex_;
  std::condition_variable idle_;
  bool busy_ = false;
  std::deque<Entry> queue_;
  mercato::db::Stragglers stragglers_;
  mercato::process::Loop loop_;
};

}  // namespace catalog::workers
