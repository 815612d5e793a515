#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "mercato/clock/clock.hpp"
#include "mercato/http/message.hpp"

namespace mercato::http {

struct ClientOptions {
  std::string name;  // the neighbour, for logs and metrics
  /// "http://host:port" or "https://…", several addresses of one neighbour.
  std::vector<std::string> base_urls;
  std::chrono::milliseconds connect_timeout{500};
  std::chrono::milliseconds total_timeout{3'000};  // all tries of one call together
  std::size_t max_connections = 32;
  std::size_t max_tries = 3;
  double retry_budget = 0.1;          // retries allowed as a share of calls
  std::size_t breaker_failures = 10;  // consecutive failures that open the breaker; 0: none
  std::chrono::milliseconds breaker_open{1'000};  // until the first half-open probe
  std::size_t max_response_bytes = std::size_t{8} * 1024 * 1024;
  /// For https: a PEM file of the authorities to trust; empty: the system's.
  std::string authorities_file = {};
  /// The Authorization header's value for each call, or nothing.
  std::function<std::string()> authorization = {};
};

struct ClientRequest {
  Method method = Method::get;
  std::string path;  // with query, already encoded
  Headers headers;
  std::string body;
  std::string content_type = "application/json";
  /// The callee does it at most once however often it is asked (GET, or a key it knows): may be
  /// tried again after an unknown outcome.
  bool idempotent = false;
  Deadline deadline = Deadline::never();
};

/// The neighbour answered (any status).
struct Answered {
  Response response;
};
/// The request did not reach the neighbour: it has certainly not acted.
struct NotSent {
  std::string reason;
};
/// It may or may not have acted: timeout, reset, or a half answer after the request went out.
struct Unknown {
  std::string reason;
};
using Outcome = std::variant<Answered, NotSent, Unknown>;

/// Calls one neighbour. Keep-alive connections are pooled; a call waits at most its deadline, which
/// is never more than what is left of the caller's and is passed on as X-Request-Deadline-Ms, as
/// are traceparent and X-Request-Id of the current request. Retries (full jitter, within budget)
/// happen only for idempotent requests, after NotSent, Unknown, 502, 503 or 504, and not where the
/// only address asks for a second or more (Retry-After). An open breaker answers NotSent at
/// once. If any try may have acted, only a definite answer makes the outcome better than Unknown. A
/// request whose path or headers could break out of their line is a bug: std::invalid_argument.
/// From any thread. Never throws for network reasons.
class Client {
 public:
  explicit Client(ClientOptions options);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  [[nodiscard]] Outcome call(const ClientRequest& request);
  /// False while the breaker is open: callers that can wait need not try.
  [[nodiscard]] bool available() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Percent-encodes one path segment or query value (RFC 3986 unreserved characters stay).
[[nodiscard]] std::string encode_component(std::string_view text);

}  // namespace mercato::http
