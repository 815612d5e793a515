#pragma once

#include <mercato/http/client.hpp>

#include <netinet/in.h>
#include <sys/socket.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include <support/http_peer.hpp>
#include <support/socket.hpp>

namespace mercato::test {

// Accepts connections and lets `play` say and hear on each, one after the other, whatever it likes.
class RawPeer {
 public:
  explicit RawPeer(std::function<void(const Socket&)> play)
      : play_(std::move(play)), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_.fd(), generic, length) != 0 || ::listen(listener_.fd(), 16) != 0 ||
        ::getsockname(listener_.fd(), generic, &length) != 0) {
      throw std::runtime_error("no port for a peer");
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { accept_all(); });
  }
  ~RawPeer() {
    stopping_ = true;
    listener_.shut_down();
    thread_.join();
  }
  RawPeer(const RawPeer&) = delete;
  RawPeer& operator=(const RawPeer&) = delete;

  [[nodiscard]] std::string url(const std::string& scheme = "http") const {
    return scheme + "://127.0.0.1:" + std::to_string(port_);
  }
  [[nodiscard]] int connections() const { return connections_; }

 private:
  void accept_all() {
    while (!stopping_) {
      const int fd = ::accept4(listener_.fd(), nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) continue;
      ++connections_;
      play_(Socket(fd));
    }
  }

  std::function<void(const Socket&)> play_;
  Socket listener_;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_{false};
  std::atomic<int> connections_{0};
  std::thread thread_;
};

// Hears one request (they are small and come in one piece) and answers these bytes.
inline std::function<void(const Socket&)> always(std::string answer) {
  return [answer = std::move(answer)](const Socket& socket) {
    if (socket.receive(std::chrono::seconds(5)).value_or("").empty()) return;
    socket.send(answer);
  };
}

inline std::uint16_t port_without_listener() {
  const HttpPeer gone([](const PeerRequest&) { return PeerAnswer{}; });
  return gone.port();
}

inline http::ClientOptions options(std::vector<std::string> urls) {
  http::ClientOptions result;
  result.name = "peer";
  result.base_urls = std::move(urls);
  result.max_tries = 1;
  return result;
}

inline http::ClientRequest get(const std::string& path = "/x") {
  http::ClientRequest request;
  request.path = path;
  request.idempotent = true;
  return request;
}

inline http::ClientRequest post(const std::string& body = "{}") {
  http::ClientRequest request;
  request.method = http::Method::post;
  request.path = "/x";
  request.body = body;
  return request;
}

inline int status_of(const http::Outcome& outcome) {
  const auto* answered = std::get_if<http::Answered>(&outcome);
  return answered == nullptr ? 0 : answered->response.status;
}

inline bool not_sent(const http::Outcome& outcome) {
  return std::holds_alternative<http::NotSent>(outcome);
}
inline bool unknown(const http::Outcome& outcome) {
  return std::holds_alternative<http::Unknown>(outcome);
}

inline PeerAnswer ok(const PeerRequest&) {
  return {200, "{}"};
}

}  // namespace mercato::test
