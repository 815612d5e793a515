#include "mercato/http/inbound/mailbox.hpp"

#include <exception>
#include <utility>

#include "mercato/log/log.hpp"

namespace mercato::http::inbound {

void Mailbox::post(Task task) {
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    tasks_.push_back(std::move(task));
    if (tasks_.size() > 1) return;  // the bell rings already
  }
  bell_.ring();
}

void Mailbox::run_all() {
  bell_.silence();
  std::vector<Task> tasks;
  {
    const std::lock_guard lock(mutex_);
    tasks.swap(tasks_);
  }
  for (const auto& task : tasks) {
    try {
      task();
    } catch (const std::exception& error) {
      log::error("a task of the http keeper failed", {{"error", error.what()}});
    }
  }
}

void Mailbox::close() {
  std::vector<Task> dropped;
  const std::lock_guard lock(mutex_);
  closed_ = true;
  dropped.swap(tasks_);
}

}  // namespace mercato::http::inbound
