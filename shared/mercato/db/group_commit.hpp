#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "mercato/db/stragglers.hpp"
#include "mercato/threads/waiting.hpp"
#include "mercato/tracing/span.hpp"

namespace mercato::db {

/// Does the jobs of many threads in one statement (group commit: DeWitt et al., "Implementation
/// techniques for main memory database systems", 1984). What a statement costs is setting it up and
/// its commit, several times what the rows of one more job do: so while one batch is at the
/// database, whoever comes waits, and all of them are the next. The first thread of a batch does it
/// for the others; one that finds nobody before it goes at once, unless others are to be expected
/// (docs/adr/0012). run() from any thread.
template <class Job, class Result>
class GroupCommit {
 public:
  /// One result for each job, in order. Must be safe to call again for the same jobs, in parallel.
  using Work = std::function<std::vector<Result>(const std::vector<const Job*>&)>;

  static constexpr std::size_t kMostJobs = 64;

  explicit GroupCommit(Work work) : work_(std::move(work)) {}
  GroupCommit(const GroupCommit&) = delete;
  GroupCommit& operator=(const GroupCommit&) = delete;

  /// Blocks until the job is done. If its batch fails each thread does its own job alone, since the
  /// others shall not suffer for one of them: what is thrown then concerns this job.
  Result run(const Job& job) {
    Turn turn(job);
    tracing::Work work(tracing::Span::Kind::internal, "group commit");
    const threads::Waiting waiting;
    std::unique_lock lock(mutex_);
    stragglers_.arrived(turn.arrived);
    if (std::exchange(busy_, true)) {
      queue_.push_back(&turn);
      turn.changed.wait(lock, [&] { return turn.state != State::waiting; });
    } else {
      turn.state = State::leading;
    }
    if (turn.state == State::leading) lead(turn, lock);
    lock.unlock();
    if (work.recorded()) {
      work.note("jobs", std::to_string(turn.batch_size));
      work.note("statement in trace", std::move(turn.led_in_trace));
    }
    if (turn.failure) std::rethrow_exception(turn.failure);
    if (!turn.result) turn.result.emplace(std::move(work_({&job}).front()));
    return std::move(*turn.result);
  }

  /// How many wait for the next batch, besides the one that will lead it.
  [[nodiscard]] std::size_t waiting() const {
    const std::lock_guard lock(mutex_);
    return queue_.size();
  }

 private:
  enum class State { waiting, leading, over };
  struct Turn {
    explicit Turn(const Job& its_job) : job(&its_job) {}
    const Job* const job;
    const Stragglers::Time arrived = Stragglers::Steady::now();
    State state = State::waiting;
    std::optional<Result> result;  // neither when it is over: to be done alone
    std::exception_ptr failure;
    std::condition_variable changed;
    std::size_t batch_size = 1;
    std::string led_in_trace;  // whose span of the statement stands for all of the batch
  };

  /// Does a batch that begins with `first`, and makes the next in the queue the leader.
  void lead(Turn& first, std::unique_lock<std::mutex>& lock) {
    stragglers_.await(lock, first.arrived);
    const auto batch = take(first);
    stragglers_.begun(Stragglers::Steady::now(), batch.size());
    lock.unlock();
    attempt(batch);
    lock.lock();
    for (auto* turn : batch) {
      turn->state = State::over;
      turn->batch_size = batch.size();
      turn->led_in_trace = tracing::current().trace_id;
      // Under the lock: as soon as its thread sees the state, the turn is gone.
      turn->changed.notify_one();
    }
    busy_ = !queue_.empty();
    if (!busy_) return;
    auto* const next = queue_.front();
    queue_.pop_front();
    next->state = State::leading;
    next->changed.notify_one();
  }

  std::vector<Turn*> take(Turn& first) {
    std::vector<Turn*> batch{&first};
    const auto count = std::min(queue_.size(), kMostJobs - 1);
    const auto end = queue_.begin() + static_cast<std::ptrdiff_t>(count);
    batch.insert(batch.end(), queue_.begin(), end);
    queue_.erase(queue_.begin(), end);
    return batch;
  }

  /// Nobody but us looks at these turns until they are over.
  void attempt(const std::vector<Turn*>& batch) {
    try {
      std::vector<const Job*> jobs;
      jobs.reserve(batch.size());
      for (const auto* turn : batch) jobs.push_back(turn->job);
      auto results = work_(jobs);
      for (std::size_t i = 0; i < batch.size(); ++i) {
        batch[i]->result.emplace(std::move(results.at(i)));
      }
    } catch (...) {
      if (batch.size() == 1) batch.front()->failure = std::current_exception();
    }
  }

  const Work work_;
  mutable std::mutex mutex_;
  bool busy_ = false;
  Stragglers stragglers_;
  std::deque<Turn*> queue_;
};

}  // namespace mercato::db
