#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <mercato/error/error.hpp>
#include <mercato/http/message.hpp>

namespace user::api {

struct LaneOptions {
  std::size_t threads = 1;  // so many requests are worked on at once
  std::size_t max_waiting = 500;
  std::chrono::milliseconds max_wait{3'000};
  /// How much the work stands back for all other work of the machine, from 0 to 19. Unless it is 0,
  /// only the first thread is as nice as this, and the others, at 19, help it where a processor has
  /// hardly anything else to do: all processors but one are there for whatever else comes.
  int niceness = 0;
  std::string busy = "Too many people want this at the moment. Try again.";
};

/// Requests that take long have a lane of their own: a few threads and a bounded queue. A flood of
/// them (of sign-ins, which hash a password each) fills the lane and is refused with 503 there,
/// while their connections are parked and all workers go on answering everything else. From any
/// thread; the destructor answers what still waits.
class Lane {
 public:
  using Work = std::function<mercato::http::Response()>;

  explicit Lane(const LaneOptions& options = {});
  ~Lane();
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;

  /// The answer will be what `work` returns, or the problem that it throws. `work` must hold all it
  /// needs; it is not begun once the client has gone. Of what has the same `whose`, unless that is
  /// empty, one is worked on at a time, and one more may wait. Error 503 if the lane is full.
  [[nodiscard]] mercato::http::Deferred run(const mercato::http::Request& request, Work work,
                                            std::string whose = {});

 private:
  struct Job {
    mercato::http::Request request;  // http::remembered()
    Work work;
    std::string whose;
    mercato::http::Completer completer;
    mercato::Deadline start_by;
  };

  void serve(bool first);
  std::deque<Job>::iterator next();  // under the mutex
  void finish(const Job& job) const;
  [[nodiscard]] mercato::Overloaded busy() const;

  const LaneOptions options_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> waiting_;
  std::set<std::string> worked_for_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace user::api
