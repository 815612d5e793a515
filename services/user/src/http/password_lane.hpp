#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include <mercato/http/message.hpp>

namespace user::api {

struct PasswordLaneOptions {
  std::size_t threads = 2;  // so many passwords are hashed at once, 19 MiB each
  std::size_t max_waiting = 500;
  std::chrono::milliseconds max_wait{3'000};
};

/// Requests that hash a password take a lane of their own: a few threads and a bounded queue. A
/// flood of sign-ins fills the lane and is refused with 503 there, while their connections are
/// parked and all workers go on answering everything else. From any thread; the destructor answers
/// what still waits.
class PasswordLane {
 public:
  using Work = std::function<mercato::http::Response()>;

  explicit PasswordLane(const PasswordLaneOptions& options = {});
  ~PasswordLane();
  PasswordLane(const PasswordLane&) = delete;
  PasswordLane& operator=(const PasswordLane&) = delete;

  /// The answer will be what `work` returns, or the problem that it throws. `work` must hold all it
  /// needs; it is not begun once the client has gone. Error 503 if the lane is full.
  [[nodiscard]] mercato::http::Deferred run(const mercato::http::Request& request, Work work);

 private:
  struct Job {
    mercato::http::Request request;  // without headers and body: for logs and problems
    Work work;
    mercato::http::Completer completer;
    mercato::Deadline start_by;
  };

  void serve();
  static void finish(const Job& job);

  const PasswordLaneOptions options_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> waiting_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace user::api
