#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "support/http_call.hpp"
#include "support/socket.hpp"

namespace mercato::test {

struct PeerRequest {
  std::string method;
  std::string target;  // path with query
  HeaderList headers;
  std::string body;

  [[nodiscard]] std::string header(std::string_view name) const {
    return test::header(headers, name);
  }
};

struct PeerAnswer {
  int status = 200;
  std::string body = {};
  HeaderList headers = {{"Content-Type", "application/json"}};
  /// How the answer goes wrong: `drop` ends the connection without a byte, `reset` aborts it,
  /// `half` sends the head and half of the body.
  enum class Fault { none, drop, reset, half };
  Fault fault = Fault::none;
};

/// A neighbour played by the test: an HTTP server whose answers are what `handler` returns. The
/// handler is called on a thread per connection, possibly several at once, and may block (the
/// destructor waits for it). Connections are kept alive.
class HttpPeer {
 public:
  using Handler = std::function<PeerAnswer(const PeerRequest&)>;

  explicit HttpPeer(Handler handler, std::uint16_t port = 0);
  ~HttpPeer();
  HttpPeer(const HttpPeer&) = delete;
  HttpPeer& operator=(const HttpPeer&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

  /// What has come so far, in order of arrival.
  [[nodiscard]] std::vector<PeerRequest> requests() const;
  /// Waits until `count` requests have come; false if they did not in time.
  bool await_requests(std::size_t count,
                      std::chrono::milliseconds timeout = std::chrono::seconds(10)) const;
  /// Connections accepted so far.
  [[nodiscard]] std::size_t connections() const;
  /// Closes all open connections, as a restart would.
  void close_connections();

 private:
  struct Connection {
    Socket socket;
    std::thread thread;
  };
  void accept_all();
  void serve(const Socket& socket);
  bool answer(const Socket& socket, const PeerRequest& request);

  Handler handler_;
  Socket listener_;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_{false};
  mutable std::mutex mutex_;
  mutable std::condition_variable arrived_;
  std::vector<PeerRequest> requests_;
  std::list<Connection> connections_;
  std::thread acceptor_;
};

}  // namespace mercato::test
