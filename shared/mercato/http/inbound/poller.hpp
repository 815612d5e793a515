#pragma once

#include <sys/epoll.h>

#include <cstdint>
#include <span>

namespace mercato::http::inbound {

/// An epoll set. All members may be called from any thread; several may wait at once, and then an
/// edge-triggered event goes to one of them.
class Poller {
 public:
  Poller();
  ~Poller();
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  void add(int fd, std::uint32_t events, std::uint64_t tag);
  void modify(int fd, std::uint32_t events, std::uint64_t tag);
  void remove(int fd);
  /// The events that came, at most as many as fit; `timeout_ms` -1 waits for ever.
  [[nodiscard]] std::span<epoll_event> wait(std::span<epoll_event> events, int timeout_ms) const;

 private:
  int fd_;
};

/// An eventfd: a doorbell that epoll can hear.
class Doorbell {
 public:
  Doorbell();
  ~Doorbell();
  Doorbell(const Doorbell&) = delete;
  Doorbell& operator=(const Doorbell&) = delete;

  void ring() const;
  void silence() const;
  [[nodiscard]] int fd() const { return fd_; }

 private:
  int fd_;
};

}  // namespace mercato::http::inbound
