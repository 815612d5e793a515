#pragma once

#include <mercato/http/problem.hpp>
#include <mercato/http/server.hpp>
#include <mercato/json/json.hpp>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include <support/http_call.hpp>
#include <support/socket.hpp>

namespace mercato::test {

inline constexpr std::chrono::seconds kPatience{10};
/// A request for /now, on a connection that stays.
inline const std::string kAskNow = serialize({.target = "/now"}, true);

/// A server on a port of its own, running while it lives.
class RunningServer {
 public:
  explicit RunningServer(http::Router router, http::ServerOptions options = {})
      : server_(std::move(router), std::move(options)) {
    server_.start();
  }

  http::Server* operator->() { return &server_; }
  [[nodiscard]] std::uint16_t port() const { return server_.port(); }
  [[nodiscard]] HttpAnswer call(const HttpCall& http_call) const {
    return test::call(port(), http_call);
  }
  [[nodiscard]] HttpAnswer get(const std::string& target) const { return call({.target = target}); }
  [[nodiscard]] Socket connect() const { return Socket::connect(port(), kPatience).value(); }

 private:
  http::Server server_;
};

/// Something to wait for, once or several times.
class Signal {
 public:
  void raise() {
    const std::lock_guard lock(mutex_);
    ++raised_;
    changed_.notify_all();
  }
  /// Until it was raised `times` times in all.
  [[nodiscard]] bool wait(int times = 1) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, [&] { return raised_ >= times; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int raised_ = 0;
};

inline http::RouteOptions open_route() {
  return {.access = http::Access::anonymous};
}

inline http::Response text_answer(std::string text, int status = 200) {
  http::Response response;
  response.status = status;
  response.body = std::move(text);
  return response;
}

/// The `code` of a problem; "" if the answer is none, or lacks a member the contract asks for.
inline std::string problem_code(const HttpAnswer& answer) {
  if (answer.header("Content-Type") != "application/problem+json") return {};
  if (answer.header("X-Request-Id").empty()) return {};
  const auto body = json::parse(answer.body);
  for (const char* member :
       {"type", "title", "status", "detail", "instance", "code", "trace_id", "retryable"}) {
    if (!body.contains(member)) return {};
  }
  if (body.at("status") != answer.status) return {};
  return body.at("code");
}

/// Sends the bytes and reads the one answer.
inline HttpAnswer say(const RunningServer& server, std::string_view bytes) {
  const auto socket = server.connect();
  socket.send(bytes);
  return MessageReader(socket).read_answer(kPatience);
}

/// Whether the server closes the connection, whatever it says before.
inline bool closes(const Socket& socket) {
  while (true) {
    const auto bytes = socket.receive(kPatience);
    if (!bytes) return false;
    if (bytes->empty()) return true;
  }
}

}  // namespace mercato::test
