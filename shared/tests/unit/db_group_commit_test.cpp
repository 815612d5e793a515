#include "mercato/db/group_commit.hpp"

#include <support/catch.hpp>

#include <future>
#include <stdexcept>
#include <string>

using mercato::db::GroupCommit;

namespace {

using Doubled = GroupCommit<int, int>;
using Batches = std::vector<std::vector<int>>;

/// Doubles numbers, negative ones excepted. The first batch waits until it is told to go on, so
/// that others queue up.
class Doubling {
 public:
  std::vector<int> work(const std::vector<const int*>& jobs) {
    std::vector<int> batch;
    for (const auto* job : jobs) batch.push_back(*job);
    bool first = false;
    {
      const std::lock_guard lock(mutex_);
      first = batches_.empty();
      batches_.push_back(batch);
    }
    if (first) {
      started_.set_value();
      go_.get_future().wait();
    }
    std::vector<int> results;
    for (const int job : batch) {
      if (job < 0) throw std::runtime_error("negative: " + std::to_string(job));
      results.push_back(2 * job);
    }
    return results;
  }
  void go() { go_.set_value(); }
  void await_start() { started_.get_future().wait(); }
  [[nodiscard]] Batches batches() const { return batches_; }

 private:
  std::promise<void> go_;
  std::promise<void> started_;
  std::mutex mutex_;
  Batches batches_;
};

/// What became of a job: its result, or what was thrown.
std::string outcome(std::future<int>& job) {
  try {
    return std::to_string(job.get());
  } catch (const std::exception& error) {
    return error.what();
  }
}

struct Run {
  Batches batches;
  std::vector<std::string> outcomes;
};

/// Job 7 is at work while `others` come, one after the other.
Run run_behind_a_busy_one(const std::vector<int>& others) {
  Doubling doubling;
  Doubled group([&](const auto& jobs) { return doubling.work(jobs); });
  const auto start = [&](int job) {
    return std::async(std::launch::async, [&group, job] { return group.run(job); });
  };
  auto first = start(7);
  doubling.await_start();
  std::vector<std::future<int>> jobs;
  for (std::size_t i = 0; i < others.size(); ++i) {
    jobs.push_back(start(others[i]));
    while (group.waiting() <= i) std::this_thread::yield();
  }
  doubling.go();
  CHECK(first.get() == 14);
  Run run;
  for (auto& job : jobs) run.outcomes.push_back(outcome(job));
  run.batches = doubling.batches();
  return run;
}

}  // namespace

TEST_CASE("a job that finds nobody before it is done alone", "[db][group_commit]") {
  Doubling doubling;
  doubling.go();
  Doubled group([&](const auto& jobs) { return doubling.work(jobs); });
  CHECK(group.run(4) == 8);
  CHECK(group.run(5) == 10);
  CHECK(doubling.batches() == Batches{{4}, {5}});
}

TEST_CASE("jobs that come during a batch are the next one", "[db][group_commit]") {
  const auto run = run_behind_a_busy_one({1, 2, 3});
  CHECK(run.batches == Batches{{7}, {1, 2, 3}});
  CHECK(run.outcomes == std::vector<std::string>{"2", "4", "6"});
}

TEST_CASE("when a batch fails only the job at fault does", "[db][group_commit]") {
  auto run = run_behind_a_busy_one({1, -2, 3});
  CHECK(run.outcomes == std::vector<std::string>{"2", "negative: -2", "6"});
  REQUIRE(run.batches.size() == 5);
  std::sort(run.batches.begin() + 2, run.batches.end());  // by three threads, in any order
  CHECK(run.batches == Batches{{7}, {1, -2, 3}, {-2}, {1}, {3}});
}

TEST_CASE("a job that fails alone is not tried twice", "[db][group_commit]") {
  Doubling doubling;
  doubling.go();
  Doubled group([&](const auto& jobs) { return doubling.work(jobs); });
  CHECK_THROWS_WITH(group.run(-1), "negative: -1");
  CHECK(doubling.batches() == Batches{{-1}});
  CHECK(group.run(1) == 2);
}

TEST_CASE("a batch has its most, and the rest are the next", "[db][group_commit]") {
  std::vector<int> many(Doubled::kMostJobs + 5);
  for (std::size_t i = 0; i < many.size(); ++i) many[i] = static_cast<int>(i);
  const auto run = run_behind_a_busy_one(many);
  REQUIRE(run.batches.size() == 3);
  CHECK(run.batches[1].size() == Doubled::kMostJobs);
  CHECK(run.batches[2].size() == 5);
}
