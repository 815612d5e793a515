#include "mercato/http/health.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "mercato/http/figures.hpp"
#include "mercato/http/inbound/listener.hpp"
#include "mercato/http/inbound/poller.hpp"
#include "mercato/http/inbound/response_writer.hpp"
#include "mercato/http/inbound/thread.hpp"
#include "mercato/http/problem.hpp"
#include "mercato/log/log.hpp"
#include "mercato/metrics/metrics.hpp"

namespace mercato::http {
namespace {

using inbound::Listener;
using Steady = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kProbeTimeout{1'000};
constexpr std::chrono::milliseconds kAcceptPause{100};
constexpr std::size_t kMaxProbeBytes = 8 * 1024;
// At once, that have not said all yet. The oldest makes way for one more, so that silent ones keep
// nobody else from an answer.
constexpr std::size_t kMaxProbes = 64;

Response live() {
  return json_response({{"status", "ok"}});
}

Readiness ask(const ReadinessCheck& check) {
  try {
    return check();
  } catch (const std::exception& error) {
    log::warn("the readiness check failed", {{"error", error.what()}});
    return {false, "the check failed"};
  }
}

Response ready(const Readiness& readiness) {
  if (readiness.ready) return json_response({{"status", "ok"}});
  return json_response({{"status", "unavailable"}, {"reason", readiness.reason}}, 503);
}

Response scrape() {
  Response response;
  response.content_type = "text/plain; version=0.0.4; charset=utf-8";
  response.body = metrics::registry().scrape();
  return response;
}

Response document(const std::string& openapi_yaml) {
  Response response;
  response.content_type = "application/yaml";
  response.body = openapi_yaml;
  return response;
}

/// Whether this service knows admins at all.
bool knows_callers(const Router& router) {
  const auto routes = router.routes();
  return std::any_of(routes.begin(), routes.end(), [](const auto& route) {
    return route.second.access == Access::subject || route.second.access == Access::admin;
  });
}

/// A prober's connection; closed with its scope.
class Probe {
 public:
  enum class State { waits, complete, ended };

  explicit Probe(int fd) : fd_(fd), deadline_(Steady::now() + kProbeTimeout) {}
  ~Probe() { ::close(fd_); }
  Probe(const Probe&) = delete;
  Probe& operator=(const Probe&) = delete;

  [[nodiscard]] int fd() const { return fd_; }
  [[nodiscard]] Steady::time_point deadline() const { return deadline_; }
  [[nodiscard]] const std::string& head() const { return head_; }

  /// Takes what has come, without waiting.
  State read() {
    std::array<char, 1024> buffer{};
    const auto count = ::recv(fd_, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (count < 0) return errno == EAGAIN || errno == EINTR ? State::waits : State::ended;
    if (count == 0) return State::ended;
    head_.append(buffer.data(), static_cast<std::size_t>(count));
    if (head_.find("\r\n\r\n") != std::string::npos) return State::complete;
    return head_.size() < kMaxProbeBytes ? State::waits : State::ended;
  }

  void write(std::string_view bytes) {
    while (!bytes.empty() && wait_to_write()) {
      const auto count = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (count <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    ::shutdown(fd_, SHUT_WR);
  }

 private:
  bool wait_to_write() {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline_ - Steady::now());
    pollfd socket{fd_, POLLOUT, 0};
    return left.count() > 0 && ::poll(&socket, 1, static_cast<int>(left.count())) > 0;
  }

  int fd_;
  Steady::time_point deadline_;
  std::string head_;
};

}  // namespace

void add_operations_routes(Router& router, ReadinessCheck check, std::string openapi_yaml) {
  const RouteOptions open{.access = Access::anonymous};
  router.add(Method::get, "/livez", open, [](const Request&) { return live(); });
  router.add(Method::get, "/readyz", open,
             [check = std::move(check)](const Request&) { return ready(ask(check)); });
  router.add(Method::get, "/metrics", open, [](const Request&) { return scrape(); });
  if (knows_callers(router)) {
    router.add(Method::get, "/figures", {.access = Access::admin},
               [](const Request&) {
                 return json_response(figures(metrics::registry().samples()));
               });
  }
  router.add(Method::get, "/openapi.yaml", open,
             [text = std::move(openapi_yaml)](const Request&) { return document(text); });
}

struct HealthServer::Impl {
  template <class... Where>
  explicit Impl(ReadinessCheck given, const Where&... where)
      : check(std::move(given)), listener(where...), thread("health", [this] { run(); }) {}
  ~Impl() { stop.ring(); }

  void run() {
    while (wait()) {
      const auto now = Steady::now();
      std::erase_if(probes, [&](const auto& probe) {
        return serve(*probe) || probe->deadline() <= now;
      });
      if (sockets[1].revents != 0) accept();
    }
  }

  void accept() {
    Listener::Accepted accepted;
    switch (listener.accept(accepted)) {
      case Listener::Verdict::accepted:
        if (probes.size() == kMaxProbes) probes.erase(probes.begin());
        probes.push_back(std::make_unique<Probe>(accepted.fd));
        break;
      case Listener::Verdict::none_waiting: break;
      // The prober stays in the backlog, and polling for it would spin.
      case Listener::Verdict::no_descriptors: accept_again = Steady::now() + kAcceptPause; break;
    }
  }

  /// For something to do; false when it is time to stop.
  bool wait() {
    const auto now = Steady::now();
    const bool pausing = now < accept_again;
    sockets = {{stop.fd(), POLLIN, 0}, {listener.fd(), POLLIN, 0}};
    if (pausing) sockets[1].events = 0;
    auto until = pausing ? accept_again : Steady::time_point::max();
    for (const auto& probe : probes) {
      sockets.push_back({probe->fd(), POLLIN, 0});
      until = std::min(until, probe->deadline());
    }
    const bool forever = until == Steady::time_point::max();
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - now).count();
    const int timeout = forever ? -1 : static_cast<int>(std::max<std::int64_t>(left, 0));
    if (::poll(sockets.data(), sockets.size(), timeout) < 0 && errno != EINTR) return false;
    return sockets[0].revents == 0;
  }

  /// Whether the probe is over.
  bool serve(Probe& probe) {
    const auto state = probe.read();
    if (state == Probe::State::complete) answer(probe);
    return state != Probe::State::waits;
  }

  void answer(Probe& probe) {
    const std::string& head = probe.head();
    auto response = respond(std::string_view(head).substr(0, head.find("\r\n")));
    response.headers.set("X-Request-Id", Uuid::v7().str());
    probe.write(inbound::write_response(
        response, {.keep_alive = false, .head_only = head.compare(0, 5, "HEAD ") == 0}));
  }

  Response respond(std::string_view request_line) {
    const auto begin = request_line.find(' ');
    const auto end = request_line.find_first_of(" ?", begin + 1);
    const auto path = begin == std::string_view::npos
                          ? std::string_view()
                          : request_line.substr(begin + 1, end - begin - 1);
    if (path == "/livez") return live();
    if (path == "/readyz") return ready(ask(check));
    if (path == "/startupz") return started();
    if (path == "/metrics") return scrape();
    Request request;
    request.path = "/";
    request.trace = tracing::TraceContext::start();
    return problem(not_found(), request);
  }

  Response started() {
    if (was_ready) return live();
    const auto readiness = ask(check);
    was_ready = readiness.ready;
    return ready(readiness);
  }

  ReadinessCheck check;
  bool was_ready = false;
  Listener listener;
  inbound::Doorbell stop;
  std::vector<pollfd> sockets;
  std::vector<std::unique_ptr<Probe>> probes;  // that have not said all yet, the oldest first
  Steady::time_point accept_again;
  inbound::Thread thread;  // last: it uses the others, and is joined first
};

HealthServer::HealthServer(const std::string& bind_address, std::uint16_t port,
                           ReadinessCheck check)
    : impl_(std::make_unique<Impl>(std::move(check), bind_address, port)) {}

HealthServer::HealthServer(int listening_socket, ReadinessCheck check)
    : impl_(std::make_unique<Impl>(std::move(check), listening_socket)) {}

HealthServer::~HealthServer() = default;

std::uint16_t HealthServer::port() const {
  return impl_->listener.port();
}

int HealthServer::listening_socket() const {
  return impl_->listener.fd();
}

}  // namespace mercato::http
