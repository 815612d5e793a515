#pragma once

#include <functional>
#include <mutex>
#include <vector>

#include "mercato/http/inbound/poller.hpp"

namespace mercato::http::inbound {

/// Work for one thread from any other. Held by shared_ptr: a Completer may outlive its server, and
/// then finds the mailbox closed.
class Mailbox {
 public:
  using Task = std::function<void()>;

  /// Dropped if the mailbox is closed.
  void post(Task task);
  /// Wakes the thread without giving it a task.
  void ring() const { bell_.ring(); }

  // By the one thread that works the tasks off.
  [[nodiscard]] int fd() const { return bell_.fd(); }
  void run_all();
  void close();

 private:
  Doorbell bell_;
  std::mutex mutex_;
  std::vector<Task> tasks_;
  bool closed_ = false;
};

}  // namespace mercato::http::inbound
