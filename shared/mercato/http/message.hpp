#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mercato/clock/clock.hpp"
#include "mercato/error/error.hpp"
#include "mercato/id/uuid.hpp"
#include "mercato/tracing/trace.hpp"

namespace mercato::http {

enum class Method { get, post, put, patch, del };

[[nodiscard]] std::string_view name(Method method);

/// Names compare case-insensitively; order is kept.
class Headers {
 public:
  Headers() = default;
  Headers(std::initializer_list<std::pair<std::string, std::string>> entries)
      : entries_(entries) {}
  void set(std::string_view name, std::string value);  // replaces
  void add(std::string_view name, std::string value);
  [[nodiscard]] std::optional<std::string_view> get(std::string_view name) const;
  [[nodiscard]] std::size_t count(std::string_view name) const;
  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& entries() const {
    return entries_;
  }

 private:
  std::vector<std::pair<std::string, std::string>> entries_;
};

/// Who is calling, as proved by a verified token.
struct Caller {
  enum class Kind { nobody, subject, peer };
  Kind kind = Kind::nobody;
  Uuid subject;             // kind subject: the `sub` of the token
  std::string role;         // kind subject: the `role` claim
  std::string session_id;   // kind subject: the `sid` claim
  std::string peer;         // kind peer: the calling service's name
  Timestamp expires_at{};   // the token's `exp`
};

/// One request as a handler sees it: already checked, matched, authenticated. Lives until the
/// handler returns; a Deferred answer must copy what it needs later. Used by one thread.
class Request {
 public:
  Method method = Method::get;
  std::string path;          // decoded, without the query
  std::string target;        // path and query as they were sent, still percent-encoded
  std::string route;         // the template that matched: "/api/v1/orders/{id}"
  Headers headers;
  std::string remote_address;  // the client's, as a trusted gateway reported it, else the socket's
  std::string request_id;
  tracing::TraceContext trace;
  Deadline deadline = Deadline::never();
  std::chrono::steady_clock::time_point arrived = std::chrono::steady_clock::now();  // first byte
  Caller caller;
  std::string body;          // whole, unless the route streams it

  std::vector<std::pair<std::string, std::string>> path_parameters;
  std::vector<std::pair<std::string, std::string>> query_parameters;  // decoded, in order
  std::vector<std::string> malformed_parameters;  // names of those that cannot be decoded

  /// Set on routes with `stream_body`: feeds the body piece by piece to `sink` until it returns
  /// false or the body ends; returns whether the body ended. Throws Error 413 past the limit.
  std::function<bool(const std::function<bool(std::string_view)>& sink)> read_body;

  [[nodiscard]] std::string_view path_parameter(std::string_view name) const;  // bug if unknown
  /// The path parameter as an id; Error 404 if it is no UUID.
  [[nodiscard]] Uuid path_uuid(std::string_view name) const;
  /// How long ago its first byte came.
  [[nodiscard]] std::chrono::milliseconds age() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() -
                                                                 arrived);
  }
  /// The value of a query parameter; Error 400 `invalid_query` where query_mistake() finds one.
  [[nodiscard]] std::optional<std::string_view> query(std::string_view name) const;
  /// That a query parameter cannot be decoded, or is there twice: of two values, some readers take
  /// the first and some the last.
  [[nodiscard]] std::optional<FieldError> query_mistake(std::string_view name) const;
  [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const {
    return headers.get(name);
  }
};

/// A whole answer. Statuses without a body (204, 304) have an empty one.
struct Response {
  int status = 200;
  std::string body;
  std::string content_type = "application/json";
  Headers headers;
  bool shed = false;  // refused because of overload: counted instead of logged
};

/// The promise side of an answer that comes later. Copyable; all copies speak for one request.
/// Any thread may complete it; the first one wins, later ones are ignored.
class Completer {
 public:
  Completer();
  void complete(Response response) const;
  [[nodiscard]] bool completed() const;
  /// The client went away or the server gave up: nobody will read the answer.
  [[nodiscard]] bool abandoned() const;

 private:
  friend class Deferred;
  friend class ServerInternals;
  struct State;
  std::shared_ptr<State> state_;
};

/// "Answered later": the connection is parked and no worker is held. If nothing completes it within
/// `timeout`, the server sends what `on_timeout` returns (called on the timer thread: must not
/// block).
class Deferred {
 public:
  Deferred(Completer completer, std::chrono::milliseconds timeout,
           std::function<Response()> on_timeout)
      : completer_(std::move(completer)), timeout_(timeout), on_timeout_(std::move(on_timeout)) {}

 private:
  friend class ServerInternals;
  Completer completer_;
  std::chrono::milliseconds timeout_;
  std::function<Response()> on_timeout_;
};

/// The writing side of an open stream (text/event-stream). Copyable, from any thread, never blocks:
/// a reader that falls more than 64 KiB behind is closed.
class StreamWriter {
 public:
  StreamWriter();
  /// False once the stream is closed, by either side.
  bool write(std::string_view bytes) const;
  void close() const;
  [[nodiscard]] bool closed() const;
  /// Called once when the stream ends, whoever ended it; on the server's thread: must not block.
  void on_close(std::function<void()> callback) const;

 private:
  friend class ServerInternals;
  struct State;
  std::shared_ptr<State> state_;
};

/// An answer without end, fed through the writer after the handler returned; holds no worker.
/// The server adds a comment line every 15 s, and closes it when it drains.
struct Stream {
  StreamWriter writer;
  std::string content_type = "text/event-stream";
  Headers headers;
};

}  // namespace mercato::http
