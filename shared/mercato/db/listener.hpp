#pragma once

#include <functional>
#include <memory>
#include <string>

namespace mercato::db {

/// Waits for NOTIFY on one channel with a connection and a thread of its own; reconnects by itself.
/// `wake` is called for each notification, and after each (re)connect since some may have been
/// missed: on the listener's thread, must not block for long. A wake-up is a hint, never the data:
/// whoever uses this also polls.
class Listener {
 public:
  Listener(std::string url, std::string channel, std::function<void()> wake);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mercato::db
