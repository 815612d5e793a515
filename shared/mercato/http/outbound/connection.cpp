#include "mercato/http/outbound/connection.hpp"

#include <httplib.h>

#include <charconv>
#include <cstdint>
#include <exception>
#include <utility>

#include "mercato/http/outbound/stream.hpp"
#include "mercato/http/syntax.hpp"

namespace mercato::http::outbound {
namespace {

// How the end of an answer is known; if not beyond doubt, the answer is worthless.
enum class Framing { unsound, no_body, delimited };

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

Exchange failure(const ExchangeStream& stream) {
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

  Exchange run(ExchangeStream& stream, const Message& message, std::size_t max_response_bytes,
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

  Exchange run_for_head(ExchangeStream& stream, const Message& message) {
    httplib::Request request = to_request(message);
    httplib::Response answer;
    bool complete = false;
    request.response_handler = [&](const httplib::Response&) {
      complete = true;
      return false;  // nothing more is read
    };
    complete = process(stream, request, answer) || complete;
    if (!complete) return failure(stream);
    return {Exchange::Result::answered, to_response(answer, {}), {}, false};
  }

 private:
  bool process(ExchangeStream& stream, httplib::Request& request, httplib::Response& answer) {
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

Connection::Connection(std::unique_ptr<net::Transport> transport)
    : transport_(std::move(transport)), codec_(std::make_unique<Codec>()) {}

Connection::~Connection() = default;

Exchange Connection::exchange(const Message& message, Deadline deadline,
                              std::size_t max_response_bytes) {
  reusable_ = false;  // until the answer says otherwise
  ExchangeStream stream(*transport_, deadline);
  return codec_->run(stream, message, max_response_bytes, reusable_);
}

Exchange Connection::exchange_head(const Message& message, Deadline deadline) {
  reusable_ = false;
  ExchangeStream stream(*transport_, deadline);
  return codec_->run_for_head(stream, message);
}

}  // namespace mercato::http::outbound
