#pragma once

#include <pthread.h>

#include <functional>
#include <string>

namespace mercato::http::inbound {

/// A named thread with a stack of 1 MiB: std::thread has no say in that, and the default of 8 MiB
/// is big enough for the kernel to back it by huge pages. Joined by its destructor.
class Thread {
 public:
  Thread(const std::string& name, std::function<void()> body);
  ~Thread();
  Thread(const Thread&) = delete;
  Thread& operator=(const Thread&) = delete;

 private:
  std::function<void()> body_;
  pthread_t thread_{};
};

}  // namespace mercato::http::inbound
