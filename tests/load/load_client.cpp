#include "load_client.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>

namespace mercato::load {
namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

/// Where the answer that begins `bytes` ends, and its status; no end while it is incomplete.
/// Understands what our gateway sends to such a request: a Content-Length, or no body.
struct AnswerEnd {
  std::size_t size = 0;  // 0: incomplete
  int status = 0;
  bool closes = false;
};

AnswerEnd find_end(std::string_view bytes) {
  const auto head_end = bytes.find("\r\n\r\n");
  if (head_end == std::string_view::npos) return {};
  const std::string_view head = bytes.substr(0, head_end);
  AnswerEnd end;
  if (head.size() > 12) std::from_chars(head.data() + 9, head.data() + 12, end.status);
  std::size_t length = 0;
  constexpr std::string_view kLength = "\r\nContent-Length: ";
  if (const auto at = head.find(kLength); at != std::string_view::npos) {
    const char* first = head.data() + at + kLength.size();
    std::from_chars(first, head.data() + head.size(), length);
  }
  end.closes = head.find("\r\nConnection: close") != std::string_view::npos;
  const std::size_t size = head_end + 4 + length;
  end.size = bytes.size() >= size ? size : 0;
  return end;
}

/// One keep-alive connection with at most one request under way. Owns its socket.
class Client {
 public:
  Client(const Options& options, std::size_t number) : options_(options) {
    head_ = options.method + " " + options.path + " HTTP/1.1\r\nHost: " + options.host + "\r\n";
    for (const std::string& header : options.headers) head_ += header + "\r\n";
    if (!options.tokens.empty()) {
      head_ += "Authorization: Bearer " + options.tokens[number % options.tokens.size()] + "\r\n";
    }
    if (!options.body.empty()) {
      head_ += "Content-Length: " + std::to_string(options.body.size()) + "\r\n";
    }
  }
  ~Client() { close(); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void connect(int epoll) {
    close();
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (socket_ < 0) fail("socket");
    const int on = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(options_.port);
    if (::inet_pton(AF_INET, options_.host.c_str(), &address.sin_addr) != 1) {
      throw UsageError(options_.host + " is no IPv4 address");
    }
    sockaddr generic{};
    static_assert(sizeof generic == sizeof address);
    std::memcpy(&generic, &address, sizeof generic);
    if (::connect(socket_, &generic, sizeof generic) != 0) fail("connect");
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = this;
    if (::epoll_ctl(epoll, EPOLL_CTL_ADD, socket_, &event) != 0) fail("epoll_ctl");
  }

  /// Requests are far smaller than a socket's buffer, so that one blocking write does not wait.
  void send(std::size_t request_number) {
    std::string request = head_;
    if (!options_.key_prefix.empty()) {
      request +=
          "Idempotency-Key: " + options_.key_prefix + std::to_string(request_number) + "\r\n";
    }
    request += "\r\n" + options_.body;
    received_.clear();
    sent_at_ = Clock::now();
    std::string_view rest = request;
    while (!rest.empty()) {
      const ssize_t written = ::send(socket_, rest.data(), rest.size(), MSG_NOSIGNAL);
      if (written <= 0) return;  // the read that follows sees the lost connection
      rest.remove_prefix(static_cast<std::size_t>(written));
    }
  }

  /// True once the request under way has ended: answered, or lost (status 0).
  bool receive(AnswerEnd& end) {
    std::array<char, 16384> buffer;
    const ssize_t count = ::recv(socket_, buffer.data(), buffer.size(), 0);
    if (count <= 0) {
      end = {};
      return true;
    }
    received_.append(buffer.data(), static_cast<std::size_t>(count));
    end = find_end(received_);
    return end.size != 0;
  }

  [[nodiscard]] Clock::time_point sent_at() const { return sent_at_; }

  void close() {
    if (socket_ >= 0) ::close(socket_);
    socket_ = -1;
  }

 private:
  const Options& options_;
  std::string head_;
  std::string received_;
  int socket_ = -1;
  Clock::time_point sent_at_{};
};

/// Hands out request numbers and keeps what came of them.
class Run {
 public:
  explicit Run(const Options& options) : options_(options) {
    result_.latencies.reserve(options.requests);
  }

  Result operator()() {
    const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
    if (epoll < 0) fail("epoll_create1");
    std::vector<std::unique_ptr<Client>> clients;
    const Clock::time_point began = Clock::now();
    for (std::size_t i = 0; i < options_.clients && next_ < options_.requests; ++i) {
      clients.push_back(std::make_unique<Client>(options_, i));
      clients.back()->connect(epoll);
      clients.back()->send(next_++);
    }
    while (done_ < options_.requests) serve(epoll);
    result_.took = Clock::now() - began;
    ::close(epoll);
    return std::move(result_);
  }

 private:
  void serve(int epoll) {
    std::array<epoll_event, 64> events;
    const int count = ::epoll_wait(epoll, events.data(), static_cast<int>(events.size()), -1);
    if (count < 0 && errno != EINTR) fail("epoll_wait");
    for (std::size_t i = 0; count > 0 && i < static_cast<std::size_t>(count); ++i) {
      auto& client = *static_cast<Client*>(events[i].data.ptr);
      AnswerEnd end;
      if (!client.receive(end)) continue;
      ++done_;
      ++result_.statuses[end.status];
      if (end.status != 0) result_.latencies.push_back(Clock::now() - client.sent_at());
      const bool lost = end.status == 0 || end.closes;
      if (next_ < options_.requests) {
        if (lost) client.connect(epoll);
        client.send(next_++);
      } else if (lost) {
        client.close();  // else its end would be reported again and again
      }
    }
  }

  const Options& options_;
  Result result_;
  std::size_t next_ = 0;
  std::size_t done_ = 0;
};

}  // namespace

Result run(const Options& options) { return Run(options)(); }

}  // namespace mercato::load
