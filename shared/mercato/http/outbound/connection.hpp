#pragma once

#include <memory>
#include <string>

#include "mercato/clock/clock.hpp"
#include "mercato/http/message.hpp"
#include "mercato/http/outbound/message.hpp"
#include "mercato/net/transport.hpp"

namespace mercato::http::outbound {

/// What came of one request on one connection.
struct Exchange {
  enum class Result {
    answered,  // a whole answer, of known length
    not_sent,  // the kernel took no byte of the request: nobody can have acted on it
    unknown,   // anything else
  };
  Result result = Result::unknown;
  Response response;
  std::string reason;    // unless answered
  bool hung_up = false;  // the other side closed before a byte of an answer
};

/// A connection to a neighbour, for one request after another. cpp-httplib writes requests and
/// parses answers; the transport, its deadline and the knowledge of what was sent are ours, since
/// httplib's own client cannot tell "certainly not sent" from "perhaps done" and has no total
/// deadline. Holds no buffer between requests. One thread at a time.
class Connection {
 public:
  explicit Connection(std::unique_ptr<net::Transport> transport);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Whether the other side closed it, or said something unasked, while it was idle.
  [[nodiscard]] bool stale() const { return !transport_->quiet(); }
  [[nodiscard]] Exchange exchange(const Message& message, Deadline deadline,
                                  std::size_t max_response_bytes);
  /// For an answer of which nobody reads the body, however it ends: status and headers. The
  /// connection cannot be used again.
  [[nodiscard]] Exchange exchange_head(const Message& message, Deadline deadline);
  /// Whether another request may follow the last one.
  [[nodiscard]] bool reusable() const { return reusable_; }

 private:
  class Codec;

  std::unique_ptr<net::Transport> transport_;
  std::unique_ptr<Codec> codec_;
  bool reusable_ = true;
};

}  // namespace mercato::http::outbound
