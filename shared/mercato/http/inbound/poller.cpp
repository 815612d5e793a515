#include "mercato/http/inbound/poller.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace mercato::http::inbound {
namespace {

int checked(int result, const char* what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
  return result;
}

}  // namespace

Poller::Poller() : fd_(checked(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")) {}
Poller::~Poller() {
  ::close(fd_);
}

void Poller::add(int fd, std::uint32_t events, std::uint64_t tag) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = tag;
  checked(::epoll_ctl(fd_, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
}

void Poller::modify(int fd, std::uint32_t events, std::uint64_t tag) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = tag;
  checked(::epoll_ctl(fd_, EPOLL_CTL_MOD, fd, &event), "epoll_ctl");
}

void Poller::remove(int fd) {
  ::epoll_ctl(fd_, EPOLL_CTL_DEL, fd, nullptr);
}

std::span<epoll_event> Poller::wait(std::span<epoll_event> events, int timeout_ms) const {
  const int count = ::epoll_wait(fd_, events.data(), static_cast<int>(events.size()), timeout_ms);
  return events.first(count > 0 ? static_cast<std::size_t>(count) : 0);
}

Doorbell::Doorbell() : fd_(checked(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd")) {}
Doorbell::~Doorbell() {
  ::close(fd_);
}

void Doorbell::ring() const {
  const std::uint64_t one = 1;
  // Fails only when the counter is full, and then the bell is ringing.
  [[maybe_unused]] const auto written = ::write(fd_, &one, sizeof one);
}

void Doorbell::silence() const {
  std::uint64_t count = 0;
  [[maybe_unused]] const auto taken = ::read(fd_, &count, sizeof count);
}

}  // namespace mercato::http::inbound
