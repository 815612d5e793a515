#include "http/lane.hpp"

#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <support/catch.hpp>

#include <future>

using namespace user::api;
namespace http = mercato::http;

namespace {

/// A job that says how its thread is scheduled, and then stays until it is told to go.
class Job {
 public:
  Lane::Work work() {
    return [this] {
      policy_.set_value(::sched_getscheduler(0));
      go_.get_future().wait();
      return http::Response();
    };
  }
  int policy() { return policy_.get_future().get(); }
  void go() { go_.set_value(); }

 private:
  std::promise<int> policy_;
  std::promise<void> go_;
};

http::Request request() {
  http::Request request;
  request.deadline = mercato::Deadline::in(std::chrono::seconds(60));
  return request;
}

}  // namespace

TEST_CASE("only the first thread of work that stands back competes with other work", "[lane]") {
  Job first;
  std::vector<Job> queued(3);
  LaneOptions options;
  options.threads = 2;
  options.niceness = 5;
  Lane lane(options);
  std::vector<http::Deferred> answers;
  answers.push_back(lane.run(request(), first.work()));
  CHECK(first.policy() == SCHED_OTHER);
  for (auto& job : queued) answers.push_back(lane.run(request(), job.work()));
  CHECK(queued.front().policy() == SCHED_IDLE);  // two are left to the first
  first.go();
  CHECK(queued[1].policy() == SCHED_OTHER);
  for (auto& job : queued) job.go();
}

TEST_CASE("all threads of other work are alike", "[lane]") {
  std::vector<Job> jobs(2);
  LaneOptions options;
  options.threads = 2;
  Lane lane(options);
  std::vector<http::Deferred> answers;
  for (auto& job : jobs) answers.push_back(lane.run(request(), job.work()));
  for (auto& job : jobs) CHECK(job.policy() == SCHED_OTHER);
  for (auto& job : jobs) job.go();
}
