#include "http/lane.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <support/await.hpp>
#include <support/catch.hpp>

#include <atomic>
#include <future>

using namespace user::api;
namespace http = mercato::http;

namespace {

/// A job that says how nice its thread is, and then stays until it is told to go.
class Job {
 public:
  Lane::Work work() {
    return [this] {
      niceness_.set_value(::getpriority(PRIO_PROCESS, static_cast<id_t>(::gettid())));
      go_.get_future().wait();
      return http::Response();
    };
  }
  int niceness() { return niceness_.get_future().get(); }
  void go() { go_.set_value(); }

 private:
  std::promise<int> niceness_;
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
  CHECK(first.niceness() == 5);
  for (auto& job : queued) answers.push_back(lane.run(request(), job.work()));
  CHECK(queued.front().niceness() == 19);  // two are left to the first
  first.go();
  CHECK(queued[1].niceness() == 5);
  for (auto& job : queued) job.go();
}

TEST_CASE("all threads of other work are alike", "[lane]") {
  std::vector<Job> jobs(2);
  LaneOptions options;
  options.threads = 2;
  Lane lane(options);
  const int own = ::getpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()));
  std::vector<http::Deferred> answers;
  for (auto& job : jobs) answers.push_back(lane.run(request(), job.work()));
  for (auto& job : jobs) CHECK(job.niceness() == own);
  for (auto& job : jobs) job.go();
}

TEST_CASE("of one account's work one is done at a time, and one waits", "[lane]") {
  Job first;
  Job other;
  std::atomic<bool> second_began{false};
  LaneOptions options;
  options.threads = 2;
  Lane lane(options);
  std::vector<http::Deferred> answers;
  answers.push_back(lane.run(request(), first.work(), "ada"));
  first.niceness();
  const auto second = [&] {
    second_began = true;
    return http::Response();
  };
  answers.push_back(lane.run(request(), second, "ada"));
  CHECK_THROWS_AS(lane.run(request(), second, "ada"), mercato::Overloaded);
  answers.push_back(lane.run(request(), other.work(), "bob"));
  other.niceness();  // began, though the second was there before it
  CHECK(!second_began);
  first.go();
  CHECK(mercato::test::await([&] { return second_began.load(); }));
  other.go();
}
