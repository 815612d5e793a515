#include <algorithm>
#include <array>
#include <utility>

#include "mercato/http/inbound/conversation.hpp"

namespace mercato::http::inbound {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kReadBytes = 4 * 1024;
constexpr std::size_t kFirstBodyBytes = 16 * 1024;
constexpr std::size_t kStreamedReadBytes = 64 * 1024;
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
constexpr milliseconds kBodyStall{10'000};  // a streamed body that stands still this long is dead
constexpr milliseconds kLookWhetherToStopEvery{200};

}  // namespace

bool begins_request(std::string_view input) {
  return !input.empty() && input != "\r";
}

Error too_slow(std::string detail) {
  Error error(ErrorKind::bad_request, "bad_request", std::move(detail));
  return error.after(std::chrono::seconds(1));
}

Conversation::Next Conversation::read_head() {
  while (true) {
    Work& current = work();
    auto& input = current.input;
    if (connection_.phase == Phase::idle) {
      // One empty line before a request is forgiven (RFC 9112 section 2.2).
      if (input.compare(0, 2, "\r\n") == 0 && !std::exchange(connection_.empty_line_came, true)) {
        input.erase(0, 2);
      }
      if (begins_request(input)) {
        current.first_byte = Steady::now();
        connection_.phase = Phase::head;
        connection_.set_deadline(current.first_byte + engine_.options.header_timeout);
      }
    }
    if (connection_.phase == Phase::head) {
      switch (current.scanner.scan(input)) {
        case HeadScanner::Verdict::complete: return begin_request();
        case HeadScanner::Verdict::refused: return refuse(current.scanner.error());
        case HeadScanner::Verdict::incomplete: break;
      }
    }
    switch (receive_input()) {
      case wire::Received::data: break;
      case wire::Received::nothing: return wait_for_client();
      case wire::Received::ended: close(); return Next::handed_over;
    }
  }
}

Conversation::Next Conversation::wait_for_client() {
  if (connection_.phase == Phase::idle) {
    if (connection_.work->input.empty()) drop_work();
    // From the last answer on: an empty line is no request.
    if (!std::exchange(connection_.idle_time_runs, true)) {
      connection_.set_deadline(Steady::now() + engine_.options.idle_timeout);
    }
  }
  return Next::wait;
}

Conversation::Next Conversation::begin_request() {
  Work& current = work();
  current.exchange = std::make_unique<Exchange>();
  exchange().request.arrived = current.first_byte;
  Head head;
  const auto bytes = std::string_view(current.input).substr(0, current.scanner.size());
  auto error = inbound::read_head(bytes, engine_.limits, head);
  engine_.pipeline.identify(exchange(), head, connection_.peer);
  if (!error) {
    error = engine_.pipeline.resolve(exchange(), head);
    exchange().body_consumed = head.content_length == 0;
  }
  current.input.erase(0, current.scanner.size());
  return error ? refuse(*error) : begin_body();
}

Conversation::Next Conversation::begin_body() {
  if (exchange().body_consumed || exchange().streams_body) {
    connection_.phase = Phase::ready;
    return Next::again;
  }
  connection_.phase = Phase::body;
  // What comes later than the route's own deadline would only be told that it is too late.
  connection_.set_deadline(std::min(request_ends_at(), exchange().request.deadline.at()));
  Work& current = work();
  if (exchange().expects_continue && current.input.empty()) send_continue();

  const auto here = std::min<std::uint64_t>(current.input.size(), exchange().content_length);
  exchange().request.body.assign(current.input, 0, here);
  current.input.erase(0, here);
  current.body_filled = here;
  return Next::again;
}

Conversation::Next Conversation::read_body() {
  Work& current = work();
  auto& body = exchange().request.body;
  while (current.body_filled < exchange().content_length) {
    if (!grow_body()) return shed("Too many bodies are being received.");
    std::size_t received = 0;
    switch (wire::receive(connection_, body.data() + current.body_filled,
                          body.size() - current.body_filled, received)) {
      case wire::Received::data: current.body_filled += received; break;
      case wire::Received::nothing: return Next::wait;
      case wire::Received::ended: close(); return Next::handed_over;
    }
  }
  exchange().body_consumed = true;
  connection_.phase = Phase::ready;
  return Next::again;
}

/// Memory follows the bytes that came, not the length that was claimed.
bool Conversation::grow_body() {
  Work& current = work();
  auto& body = exchange().request.body;
  if (body.size() > current.body_filled) return true;
  const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(
      exchange().content_length, std::max(kFirstBodyBytes, 2 * body.size())));
  const std::size_t more = wanted - current.body_reserved;
  if (engine_.buffered_bytes.fetch_add(more) + more > Engine::kMaxBufferedBytes) {
    engine_.buffered_bytes.fetch_sub(more);
    return false;
  }
  current.body_reserved = wanted;
  body.resize(wanted);
  return true;
}

wire::Received Conversation::receive_input() {
  thread_local std::array<char, kReadBytes> buffer;  // in the input it would be zeroed each time
  std::size_t received = 0;
  const auto result = wire::receive(connection_, buffer.data(), buffer.size(), received);
  work().input.append(buffer.data(), received);
  return result;
}

void Conversation::send_continue() {
  exchange().expects_continue = false;
  wire::send_at_once(connection_, kContinue);
}

/// Blocks the worker: a route that streams its body does so on purpose, and bounds how many do.
bool Conversation::feed_body(const std::function<bool(std::string_view)>& sink) {
  Work& current = work();
  auto left = exchange().content_length - current.body_filled;
  if (left > 0 && !current.input.empty()) {
    const std::string piece = current.input.substr(0, left);
    current.input.erase(0, piece.size());
    current.body_filled += piece.size();
    if (!sink(piece)) return false;
    left -= piece.size();
  } else if (exchange().expects_continue) {
    send_continue();
  }
  std::string buffer(static_cast<std::size_t>(std::min<std::uint64_t>(left, kStreamedReadBytes)),
                     '\0');
  while (left > 0) {
    const auto most = static_cast<std::size_t>(std::min<std::uint64_t>(left, buffer.size()));
    const std::size_t received = receive_blocking(buffer.data(), most);
    current.body_filled += received;
    left -= received;
    if (!sink(std::string_view(buffer).substr(0, received))) break;
  }
  exchange().body_consumed = left == 0;
  return left == 0;
}

std::size_t Conversation::receive_blocking(char* buffer, std::size_t size) {
  while (true) {
    if (engine_.stopping.load()) throw unavailable("The service stops. Try again.");
    std::size_t received = 0;
    switch (wire::receive(connection_, buffer, size, received)) {
      case wire::Received::data: return received;
      case wire::Received::nothing: break;
      case wire::Received::ended:
        throw Error(ErrorKind::bad_request, "bad_request", "The body ended early.");
    }
    if (!await_more()) throw too_slow("The body was not sent in time.");
  }
}

/// False if the client took too long. True does not say that there is more: a server that stops
/// waits for its workers, so that none of them may wait for a client all the while.
bool Conversation::await_more() {
  const auto until = Deadline::in(std::min(kBodyStall, exchange().request.deadline.remaining()));
  while (!engine_.stopping.load()) {
    if (until.expired()) return false;
    const auto slice = std::min(kLookWhetherToStopEvery, until.remaining());
    if (wire::wait_for_more(connection_, slice)) return true;
  }
  return true;
}

}  // namespace mercato::http::inbound
