#include "mercato/http/outbound/stream.hpp"

#include <algorithm>
#include <cstring>

namespace mercato::http::outbound {
namespace {

// httplib matches the status line with a recursive regular expression and keeps every header line:
// without a limit a broken neighbour could take the stack or the memory.
constexpr std::size_t kMaxHeadBytes = std::size_t{32} * 1024;

}  // namespace

ssize_t ExchangeStream::write(const char* bytes, size_t size) {
  outgoing_.append(bytes, size);
  return static_cast<ssize_t>(size);
}

ssize_t ExchangeStream::read(char* bytes, size_t size) {
  if (!flushed_ && !send_all()) return -1;
  if (begin_ == end_) {
    const auto count = fill();
    if (count <= 0) return count;
  }
  const auto count = std::min(size, end_ - begin_);
  std::memcpy(bytes, buffer_.data() + begin_, count);
  begin_ += count;
  return static_cast<ssize_t>(count);
}

bool ExchangeStream::send_all() {
  flushed_ = true;
  const auto sent = transport_.send(outgoing_, deadline_);
  anything_sent_ = sent.anything;
  timed_out_ = sent.timed_out;
  // Somebody who answers early and closes makes sending fail: his answer may be there already.
  return sent.whole || (sent.anything && !sent.timed_out);
}

ssize_t ExchangeStream::fill() {
  if (in_head_ && received_ > kMaxHeadBytes) return -1;
  const auto received = transport_.receive(buffer_.data(), buffer_.size(), deadline_);
  timed_out_ = received.timed_out;
  if (received.count <= 0) return received.count;
  received_ += static_cast<std::size_t>(received.count);
  begin_ = 0;
  end_ = static_cast<std::size_t>(received.count);
  return received.count;
}

}  // namespace mercato::http::outbound
