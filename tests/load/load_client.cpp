#include "load_client.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
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
  /// `due_at` is when the request should have been sent: its latency counts from there.
  void send(std::size_t request_number, Clock::time_point due_at) {
    std::string request = head_;
    if (!options_.key_prefix.empty()) {
      request +=
          "Idempotency-Key: " + options_.key_prefix + std::to_string(request_number) + "\r\n";
    }
    request += "\r\n" + options_.body;
    received_.clear();
    due_at_ = due_at;
    under_way_ = true;
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
    if (count > 0) {
      received_.append(buffer.data(), static_cast<std::size_t>(count));
      end = find_end(received_);
      if (end.size == 0) return false;
    }
    under_way_ = false;
    return true;
  }

  [[nodiscard]] Clock::time_point due_at() const { return due_at_; }
  [[nodiscard]] bool connected() const { return socket_ >= 0; }
  /// Nothing else can come than the end of the connection when not.
  [[nodiscard]] bool under_way() const { return under_way_; }

  void close() {
    if (socket_ >= 0) ::close(socket_);
    socket_ = -1;
  }

 private:
  const Options& options_;
  std::string head_;
  std::string received_;
  int socket_ = -1;
  bool under_way_ = false;
  Clock::time_point due_at_{};
};

/// Hands out request numbers and keeps what came of them.
class Run {
 public:
  explicit Run(const Options& options) : options_(options), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    if (epoll_ < 0) fail("epoll_create1");
  }
  ~Run() { ::close(epoll_); }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  Result operator()() {
    began_ = Clock::now();
    while (done_ < options_.requests) {
      send_what_is_due();
      serve();
    }
    result_.took = Clock::now() - began_;
    return std::move(result_);
  }

 private:
  /// When a request has to go out: at once in a closed loop, by the clock in an open one.
  [[nodiscard]] Clock::time_point due_at(std::size_t number) const {
    if (options_.rate == 0) return Clock::now();
    const std::chrono::duration<double> after(static_cast<double>(number) /
                                              static_cast<double>(options_.rate));
    return began_ + std::chrono::duration_cast<Clock::duration>(after);
  }

  void send_what_is_due() {
    while (next_ < options_.requests) {
      const auto due = due_at(next_);
      if (due > Clock::now()) return;
      Client* client = free_client();
      if (!client) return;
      if (!client->connected()) client->connect(epoll_);
      client->send(next_++, due);
    }
  }

  /// nullptr when as many as may be are at it.
  Client* free_client() {
    if (free_.empty()) {
      if (clients_.size() == options_.clients) return nullptr;
      clients_.push_back(std::make_unique<Client>(options_, clients_.size()));
      return clients_.back().get();
    }
    Client* client = free_.back();
    free_.pop_back();
    return client;
  }

  /// Until the next request is due, or the next answer comes if there is nobody to send it.
  [[nodiscard]] int wait_ms() const {
    const bool anybody = !free_.empty() || clients_.size() < options_.clients;
    if (next_ == options_.requests || !anybody) return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(due_at(next_) - Clock::now());
    return static_cast<int>(std::max<std::int64_t>(left.count(), 0));
  }

  void serve() {
    std::array<epoll_event, 64> events;
    const int count =
        ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), wait_ms());
    if (count < 0 && errno != EINTR) fail("epoll_wait");
    for (std::size_t i = 0; count > 0 && i < static_cast<std::size_t>(count); ++i) {
      auto& client = *static_cast<Client*>(events[i].data.ptr);
      if (!client.under_way()) {
        client.close();
        continue;
      }
      AnswerEnd end;
      if (!client.receive(end)) continue;
      ++done_;
      ++result_.statuses[end.status];
      if (end.status != 0) result_.latencies[end.status].push_back(Clock::now() - client.due_at());
      if (end.status == 0 || end.closes) client.close();
      free_.push_back(&client);
    }
  }

  const Options& options_;
  const int epoll_;
  std::vector<std::unique_ptr<Client>> clients_;
  std::vector<Client*> free_;
  Clock::time_point began_{};
  Result result_;
  std::size_t next_ = 0;
  std::size_t done_ = 0;
};

}  // namespace

Result run(const Options& options) { return Run(options)(); }

}  // namespace mercato::load
