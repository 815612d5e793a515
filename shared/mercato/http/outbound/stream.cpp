#include "mercato/http/outbound/stream.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace mercato::http::outbound {
namespace {

// httplib matches the status line with a recursive regular expression and keeps every header line:
// without a limit a broken neighbour could take the stack or the memory.
constexpr std::size_t kMaxHeadBytes = 32 * 1024;

}  // namespace

ssize_t DeadlineStream::write(const char* bytes, size_t size) {
  outgoing_.append(bytes, size);
  return static_cast<ssize_t>(size);
}

ssize_t DeadlineStream::read(char* bytes, size_t size) {
  if (!flushed_) {
    flushed_ = true;
    // Somebody who answers early and closes makes sending fail: his answer may be there already.
    if (!send_all() && (sent_ == 0 || timed_out_)) return -1;
  }
  if (begin_ == end_) {
    if (in_head_ && received_ > kMaxHeadBytes) return -1;
    const auto count = receive(buffer_.data(), buffer_.size());
    if (count <= 0) return count;
    received_ += static_cast<std::size_t>(count);
    begin_ = 0;
    end_ = static_cast<std::size_t>(count);
  }
  const auto count = std::min(size, end_ - begin_);
  std::memcpy(bytes, buffer_.data() + begin_, count);
  begin_ += count;
  return static_cast<ssize_t>(count);
}

bool DeadlineStream::send_all() {
  while (sent_ < outgoing_.size()) {
    const auto count =
        ::send(fd_, outgoing_.data() + sent_, outgoing_.size() - sent_, MSG_NOSIGNAL);
    if (count >= 0) {
      sent_ += static_cast<std::size_t>(count);
    } else if (errno == EAGAIN) {
      if (!await(POLLOUT)) return false;
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

ssize_t DeadlineStream::receive(char* bytes, std::size_t size) {
  for (;;) {
    if (!await(POLLIN)) return -1;
    const auto count = ::recv(fd_, bytes, size, 0);
    if (count >= 0) return count;
    if (errno != EAGAIN && errno != EINTR) return -1;
  }
}

bool DeadlineStream::await(short events) {
  while (!deadline_.expired()) {
    pollfd descriptor{fd_, events, 0};
    // What remains is rounded down: one more, so that the last millisecond is not spent spinning.
    const auto wait_ms = static_cast<int>(deadline_.remaining().count()) + 1;
    const int ready = ::poll(&descriptor, 1, wait_ms);
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
  }
  timed_out_ = true;
  return false;
}

}  // namespace mercato::http::outbound
