#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "mercato/http/router.hpp"
#include "mercato/net/network.hpp"

namespace mercato::http {

/// Turns the Authorization header into a caller, or throws Error 401 (unauthenticated) or
/// 503 (unavailable: no keys known yet). `peer` says which kind of token the route takes.
using Authenticate = std::function<Caller(const Request& request, Access access)>;
/// Called after a subject was authenticated; throws Error 429 if it asks too much.
using Admit = std::function<void(const Caller& caller)>;

struct ServerOptions {
  std::string bind_address = "127.0.0.1";
  std::uint16_t port = 0;              // 0: any free one, see Server::port()
  int listening_socket = -1;           // taken over from another process, in place of both
  std::size_t workers = 8;
  std::size_t max_connections = 20'000; // or fewer, as the limit of open files allows
  std::size_t max_queue = 256;         // requests waiting for a worker, and as many for room; more
                                       // are refused (503), and for a while then all who wait long
                                       // (inbound/ready_queue)
  std::chrono::milliseconds outside_patience{300};  // who waited so long for room goes in without
  std::size_t max_header_bytes = 16 * 1024;
  std::chrono::milliseconds header_timeout{5'000};   // from the first byte to the headers' end
  std::chrono::milliseconds request_timeout{15'000}; // from the first byte to the answer's last,
                                                     // unless the route's deadline is longer
  std::chrono::milliseconds idle_timeout{60'000};
  std::chrono::milliseconds linger_timeout{10'000};  // for the rest of a body that is not read
  std::size_t max_streams = 1000;
  std::string certificate_file;        // PEM, with its chain: with it TLS is spoken, and only TLS
  std::string key_file;
  std::vector<net::Network> gateways;  // besides those at private addresses: who tells by
                                       // X-Forwarded-For whom it speaks for
  Authenticate authenticate;           // required if any route is not anonymous
  Admit admit;                         // optional
};

/// An HTTP/1.1 server that ties a worker thread to a request, not to a connection.
///
/// Idle connections are parked in epoll and hold no buffer; a worker takes a connection only while
/// it has a request to read and answer. Every request passes one pipeline: ingress filter → request
/// id → trace → access log → metrics → deadline → authentication → handler → problem+json. Errors
/// thrown by handlers are rendered by http::problem; anything unknown becomes a 500 without text.
///
/// start() and drain() are called by the owner's thread; handlers run on worker threads.
class Server {
 public:
  /// Throws std::invalid_argument if certificate and key do not fit each other.
  Server(Router router, ServerOptions options);
  ~Server();  // stops at once if still running
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Binds, listens and returns once requests are accepted. Throws std::runtime_error if the
  /// address cannot be had.
  void start();
  [[nodiscard]] std::uint16_t port() const;
  /// The descriptor that connections are accepted from, after start() and until drain().
  [[nodiscard]] int listening_socket() const;

  /// Stops accepting, lets every accepted request finish (at most `grace`), answers
  /// `Connection: close`, ends streams, then closes what is left. A connection without a request
  /// is closed after `idle_patience`: a client that gives up idle ones sooner than that never
  /// sends on one that we are closing. Idempotent.
  void drain(std::chrono::milliseconds grace,
             std::chrono::milliseconds idle_patience = std::chrono::milliseconds(250));

  struct Load {
    std::size_t workers = 0;
    std::size_t busy = 0;     // workers inside a handler now
    std::size_t queued = 0;   // wait for a worker
    std::size_t outside = 0;  // wait for room, as RouteOptions::has_room tells
    std::size_t connections = 0;
    std::size_t parked = 0;   // deferred answers and streams
    std::size_t following = 0;  // workers asleep, since a few do; see inbound/leaders
    bool draining = false;
  };
  [[nodiscard]] Load load() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mercato::http
