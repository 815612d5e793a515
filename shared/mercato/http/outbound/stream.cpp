#include "mercato/http/outbound/stream.hpp"

#include <algorithm>
#include <cstring>

namespace mercato::http::outbound {
namespace {

// httplib keeps every header line, and matches the status line with a recursive regular expression:
// without limits a broken neighbour could take the memory, or, with 6,000 bytes, a thread's stack.
constexpr std::size_t kMaxHeadBytes = std::size_t{32} * 1024;
constexpr std::size_t kMaxStatusLineBytes = 1024;

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
  if (in_head_ && !keeps_status_lines_short({bytes, count})) return -1;
  begin_ += count;
  return static_cast<ssize_t>(count);
}

/// The first line of the head is a status line, and so is what follows the empty line that ends an
/// interim answer (1xx).
bool ExchangeStream::keeps_status_lines_short(std::string_view bytes) {
  for (const char c : bytes) {
    if (c == '\n') {
      in_status_line_ = line_bytes_ <= 1;  // nothing, or its CR
      line_bytes_ = 0;
    } else if (++line_bytes_ > kMaxStatusLineBytes && in_status_line_) {
      return false;
    }
  }
  return true;
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
