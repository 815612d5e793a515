#include "workers/batch_lane.hpp"

#include <support/catch.hpp>

#include <future>
#include <map>
#include <stdexcept>

using catalog::workers::BatchLane;
using mercato::Deadline;

namespace {

using Lane = BatchLane<int, int>;
using Batches = std::vector<std::vector<int>>;
using Deadlines = std::vector<Deadline::Steady::time_point>;

/// Doubles numbers; the first batch waits until it is told to go on, so that others queue up.
class Doubling {
 public:
  Lane::Options options() {
    return {.work = [this](const std::vector<int>& jobs,
                           Deadline deadline) { return work(jobs, deadline); },
            .weight = [](int job) { return job == 1000 ? Lane::kMaxWeight : std::size_t{1}; },
            .same_key = [](int a, int b) { return a % 10 == b % 10; }};
  }
  void go() { go_.set_value(); }
  void await_start() { started_.get_future().wait(); }
  [[nodiscard]] Batches batches() const { return batches_; }
  [[nodiscard]] Deadlines deadlines() const { return deadlines_; }

 private:
  std::vector<int> work(const std::vector<int>& jobs, Deadline deadline) {
    batches_.push_back(jobs);
    deadlines_.push_back(deadline.at());
    if (batches_.size() == 1) {
      started_.set_value();
      go_.get_future().wait();
    }
    std::vector<int> results;
    for (const int job : jobs) {
      if (job < 0) throw std::runtime_error("negative");
      results.push_back(2 * job);
    }
    return results;
  }

  std::promise<void> go_;
  std::promise<void> started_;
  Batches batches_;  // written by one thread at a time, read when all are done
  Deadlines deadlines_;
};

/// What becomes of a job that is queued.
class Waiting {
 public:
  Lane::Done done() {
    return [this](const Lane::Outcome& outcome) { promise_.set_value(outcome); };
  }
  Lane::Outcome outcome() { return promise_.get_future().get(); }

 private:
  std::promise<Lane::Outcome> promise_;
};

/// The batches of a lane that was busy with job 7 while `queued` arrived, and what became of those.
struct Run {
  Batches batches;
  Deadlines deadlines;
  std::vector<Lane::Outcome> outcomes;
};
Run run_behind_a_busy_one(const std::vector<int>& queued,
                          const std::map<int, Deadline>& hurried = {}) {
  Doubling doubling;
  Run run;
  std::vector<Waiting> waiting(queued.size());
  {
    Lane lane("doubling", doubling.options());
    auto first = std::async(std::launch::async, [&] {
      return lane.submit(7, Deadline::never(), [] { return Lane::Done(); });
    });
    doubling.await_start();
    for (std::size_t i = 0; i < queued.size(); ++i) {
      const auto hurry = hurried.find(queued[i]);
      const auto deadline = hurry == hurried.end() ? Deadline::never() : hurry->second;
      CHECK_FALSE(lane.submit(queued[i], deadline, [&] { return waiting[i].done(); }));
    }
    doubling.go();
    CHECK(std::get<int>(*first.get()) == 14);
    for (auto& each : waiting) run.outcomes.push_back(each.outcome());
  }
  run.batches = doubling.batches();
  run.deadlines = doubling.deadlines();
  return run;
}

}  // namespace

TEST_CASE("a job that finds the lane free is done at once", "[batch_lane][unit]") {
  Doubling doubling;
  doubling.go();
  Lane lane("doubling", doubling.options());
  const auto outcome = lane.submit(4, Deadline::never(), [] { return Lane::Done(); });
  REQUIRE(outcome);
  CHECK(std::get<int>(*outcome) == 8);
}

TEST_CASE("jobs that arrive during a batch form the next one", "[batch_lane][unit]") {
  const auto run = run_behind_a_busy_one({1, 2, 3});
  CHECK(run.batches == Batches{{7}, {1, 2, 3}});
  CHECK(std::get<int>(run.outcomes[2]) == 6);
}

TEST_CASE("jobs of one key never share a batch, and big ones share less", "[batch_lane][unit]") {
  CHECK(run_behind_a_busy_one({1, 2, 11, 3}).batches == Batches{{7}, {1, 2}, {11, 3}});
  CHECK(run_behind_a_busy_one({1, 1000, 2}).batches == Batches{{7}, {1}, {1000}, {2}});
}

TEST_CASE("when a batch fails only the job at fault does", "[batch_lane][unit]") {
  const auto run = run_behind_a_busy_one({1, -2, 3});
  CHECK(run.batches == Batches{{7}, {1, -2, 3}, {1}, {-2}, {3}});
  CHECK(std::get<int>(run.outcomes[0]) == 2);
  CHECK(std::holds_alternative<std::exception_ptr>(run.outcomes[1]));
  CHECK(std::get<int>(run.outcomes[2]) == 6);
}

TEST_CASE("a job does not suffer for another one's hurry", "[batch_lane][unit]") {
  const auto never = Deadline::never().at();
  const auto soon = Deadline::in(std::chrono::minutes(10));
  const auto later = Deadline::in(std::chrono::minutes(20));
  const std::map<int, Deadline> hurried{{2, soon}, {3, later}};
  CHECK(run_behind_a_busy_one({2, 3}, hurried).deadlines == Deadlines{never, later.at()});
  CHECK(run_behind_a_busy_one({1, 2, 3}, hurried).deadlines == Deadlines{never, never});
  CHECK(run_behind_a_busy_one({-1, 2, 3}, hurried).deadlines ==
        Deadlines{never, never, never, soon.at(), later.at()});
}
