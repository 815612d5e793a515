#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "mercato/http/message.hpp"

namespace mercato::http {

using Answer = std::variant<Response, Deferred, Stream>;
using Handler = std::function<Answer(const Request&)>;

/// The route's handler is this one of `handlers`, which has to outlive the router.
template <class Handlers>
[[nodiscard]] Handler on(Handlers& handlers, Answer (Handlers::*handle)(const Request&)) {
  return [&handlers, handle](const Request& request) { return (handlers.*handle)(request); };
}

/// Who may call a route. There is no default: a route cannot be declared without it.
enum class Access {
  anonymous,  // no token needed, none looked at
  subject,    // any signed-in caller
  admin,      // a signed-in caller whose role is "admin"
  peer,       // another service with a service token
};

/// Who goes first when more is asked than can be done at once: what completes or undoes something
/// begun, then what begins something, then what only reads.
enum class Urgency : std::uint8_t { finish, begin, read };

struct RouteOptions {
  Access access;
  std::chrono::milliseconds deadline{10'000};
  std::size_t max_body_bytes = 1024 * 1024;
  bool stream_body = false;      // the handler reads the body itself through Request::read_body
  bool any_content_type = false; // else it must be application/json (PATCH: or merge-patch+json)
  std::string content_type = {}; // the one media type accepted instead of JSON, if any
  std::optional<Urgency> urgency = std::nullopt;  // else GET reads, and any other method begins
  /// While it says no, whoever may ask for the route waits for it, without a worker, for
  /// ServerOptions::outside_patience at most. Called from any thread, must not block.
  std::function<bool()> has_room = nullptr;
};

/// The table of routes: path templates of literal segments and `{name}` parameters. Built before
/// the server starts, immutable afterwards.
class Router {
 public:
  Router();
  ~Router();
  Router(Router&&) noexcept;
  Router& operator=(Router&&) noexcept;

  void add(Method method, std::string_view path, RouteOptions options, Handler handler);

  struct Match {
    const RouteOptions* options = nullptr;  // null: no such path, or no such method on it
    const Handler* handler = nullptr;
    std::string_view route;
    std::size_t index = 0;          // of the route in routes()
    std::vector<std::pair<std::string, std::string>> parameters;
    std::string allow;  // path known, method not: the methods it has, for 405 with Allow
  };
  /// `path` is percent-encoded, as sent: an encoded slash stays inside its segment. Literal
  /// segments win over parameters. HEAD is served by GET. Never throws on bad paths.
  [[nodiscard]] Match match(std::string_view method, std::string_view path) const;

  /// "METHOD /path" of every route, for the tests that walk them all.
  [[nodiscard]] std::vector<std::pair<std::string, RouteOptions>> routes() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mercato::http
