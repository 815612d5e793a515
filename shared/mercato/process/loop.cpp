#include <pthread.h>

#include <chrono>
#include <condition_variable>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include "mercato/log/log.hpp"
#include "mercato/process/service.hpp"

namespace mercato::process {
namespace {

constexpr std::chrono::seconds kAfterFailure{1};
constexpr std::size_t kMaxThreadName = 15;  // pthread_setname_np(3)

}  // namespace

struct Loop::Impl {
  void run() {
    ::pthread_setname_np(::pthread_self(), name.substr(0, kMaxThreadName).c_str());
    std::unique_lock lock(mutex);
    while (!stopping) {
      woken = false;
      lock.unlock();
      const auto delay = step_safely();
      lock.lock();
      changed.wait_for(lock, delay, [this] { return stopping || woken; });
    }
  }

  std::chrono::milliseconds step_safely() const {
    try {
      return step();
    } catch (const std::exception& failure) {
      log::error("background work failed", {{"loop", name}, {"error", failure.what()}});
    } catch (...) {
      log::error("background work failed", {{"loop", name}});
    }
    return kAfterFailure;
  }

  std::string name;
  std::function<std::chrono::milliseconds()> step;
  std::mutex mutex;
  std::condition_variable changed;
  bool stopping = false;
  bool woken = false;
  std::thread thread;
};

Loop::Loop(std::string name, std::function<std::chrono::milliseconds()> step)
    : impl_(std::make_unique<Impl>()) {
  impl_->name = std::move(name);
  impl_->step = std::move(step);
}

Loop::~Loop() {
  stop();
}

void Loop::start() {
  if (impl_->thread.joinable()) return;
  impl_->stopping = false;
  impl_->thread = std::thread([this] { impl_->run(); });
}

void Loop::stop() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->stopping = true;
  }
  impl_->changed.notify_all();
  if (impl_->thread.joinable()) impl_->thread.join();
}

void Loop::wake() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->woken = true;
  }
  impl_->changed.notify_all();
}

}  // namespace mercato::process
