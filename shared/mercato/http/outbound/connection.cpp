#include "mercato/http/outbound/connection.hpp"

#include <httplib.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <optional>
#include <utility>

#include "mercato/http/syntax.hpp"
#include "mercato/http/outbound/stream.hpp"

namespace mercato::http::outbound {
namespace {

// How the end of an answer is known; if not beyond doubt, the answer is worthless.
enum class Framing { unsound, no_body, delimited };

bool connect_within(int fd, const SocketAddress& address, Deadline deadline) {
  if (::connect(fd, address.get(), address.length) == 0) return true;
  if (errno != EINPROGRESS) return false;
  while (!deadline.expired()) {
    pollfd descriptor{fd, POLLOUT, 0};
    const auto wait_ms = static_cast<int>(deadline.remaining().count()) + 1;
    const int ready = ::poll(&descriptor, 1, wait_ms);
    if (ready < 0 && errno != EINTR) return false;
    if (ready <= 0) continue;
    int error = 0;
    socklen_t length = sizeof error;
    return ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) == 0 && error == 0;
  }
  return false;
}

// What the head of an answer says of its end and of the connection's.
struct AnswerHead {
  Framing framing = Framing::unsound;
  bool keeps_alive = false;
};

// An answer that ends where the connection does could have been cut anywhere by a crash, so that
// only a length or chunks will do (RFC 9112 section 6.3), and not both.
AnswerHead inspect(const httplib::Response& answer, std::size_t max_bytes) {
  AnswerHead head;
  head.keeps_alive = answer.version == "HTTP/1.1";
  std::size_t delimiters = 0;
  bool sound = answer.status >= 200;
  for (const auto& [name, value] : answer.headers) {
    if (syntax::equal_ignoring_case(name, "Content-Length")) {
      std::size_t length = 0;
      const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), length);
      const bool number = error == std::errc() && end == value.data() + value.size();
      sound = sound && number && length <= max_bytes && ++delimiters == 1;
    } else if (syntax::equal_ignoring_case(name, "Transfer-Encoding")) {
      sound = sound && syntax::equal_ignoring_case(value, "chunked") && ++delimiters == 1;
    } else if (syntax::equal_ignoring_case(name, "Connection")) {
      head.keeps_alive = head.keeps_alive && !syntax::equal_ignoring_case(value, "close");
    }
  }
  if (answer.status == 204 || answer.status == 304) {
    head.framing = Framing::no_body;
  } else if (sound && delimiters == 1) {
    head.framing = Framing::delimited;
  }
  return head;
}

Response to_response(httplib::Response& answer, std::string body) {
  Response response;
  response.status = answer.status;
  response.body = std::move(body);
  response.content_type.clear();
  for (auto& [name, value] : answer.headers) {
    if (syntax::equal_ignoring_case(name, "Content-Type")) {
      response.content_type = std::move(value);
    } else {
      response.headers.add(name, std::move(value));
    }
  }
  return response;
}

Exchange failure(const DeadlineStream& stream) {
  Exchange exchange;
  exchange.result = stream.anything_sent() ? Exchange::Result::unknown : Exchange::Result::not_sent;
  exchange.hung_up = !stream.timed_out() && !stream.anything_received();
  if (stream.timed_out()) {
    exchange.reason = "no whole answer in time";
  } else if (exchange.hung_up) {
    exchange.reason = "the connection was closed before an answer";
  } else {
    exchange.reason = "the answer was cut short or is no HTTP";
  }
  return exchange;
}

}  // namespace

// httplib's client without its socket: only the protected process_request, the same in 0.11 and
// 0.18, on a stream of ours. It is never connected, so that closing "its" socket does nothing.
class Connection::Codec : public httplib::ClientImpl {
 public:
  Codec() : httplib::ClientImpl("localhost", 80) {
    set_url_encode(false);  // paths come encoded
    set_decompress(false);  // nothing compressed is asked for
  }

  Exchange run(DeadlineStream& stream, const Message& message, std::size_t max_response_bytes,
               bool& reusable) {
    httplib::Request request = to_request(message);
    httplib::Response answer;
    std::string body;
    AnswerHead head;
    // Called when the head is complete, unless the status is 204.
    request.response_handler = [&](const httplib::Response& begun) {
      stream.head_complete();
      head = inspect(begun, max_response_bytes);
      return head.framing == Framing::delimited;
    };
    request.content_receiver = [&](const char* bytes, std::size_t count, std::uint64_t,
                                   std::uint64_t) {
      if (body.size() + count > max_response_bytes) return false;
      body.append(bytes, count);
      return true;
    };
    const bool read_to_end = process(stream, request, answer);
    if (!read_to_end && head.framing != Framing::no_body) return failure(stream);
    if (answer.status == 204) head = inspect(answer, max_response_bytes);
    reusable = head.keeps_alive && !stream.has_leftover();
    return {Exchange::Result::answered, to_response(answer, std::move(body)), {}, false};
  }

 private:
  bool process(DeadlineStream& stream, httplib::Request& request, httplib::Response& answer) {
    auto error = httplib::Error::Success;
    try {
      return process_request(stream, request, answer, false, error);
    } catch (const std::exception&) {  // its regular expressions may
      return false;
    }
  }

  static httplib::Request to_request(const Message& message) {
    httplib::Request request;
    request.method = message.method;
    request.path = message.path;
    for (const auto& [name, value] : message.headers) request.headers.emplace(name, value);
    request.body = message.body;
    return request;
  }
};

std::unique_ptr<Connection> Connection::open(const SocketAddress& address, Deadline deadline) {
  const int fd = ::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return nullptr;
  std::unique_ptr<Connection> connection(new Connection(fd));
  if (!connect_within(fd, address, deadline)) return nullptr;
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return connection;
}

Connection::Connection(int fd) : fd_(fd), codec_(std::make_unique<Codec>()) {}

Connection::~Connection() {
  ::close(fd_);
}

bool Connection::stale() const {
  char byte = 0;
  const auto count = ::recv(fd_, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return count >= 0 || errno != EAGAIN;
}

Exchange Connection::exchange(const Message& message, Deadline deadline,
                              std::size_t max_response_bytes) {
  reusable_ = false;  // until the answer says otherwise
  DeadlineStream stream(fd_, deadline);
  return codec_->run(stream, message, max_response_bytes, reusable_);
}

}  // namespace mercato::http::outbound
