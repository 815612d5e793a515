#include "mercato/http/health.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <utility>

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
constexpr std::size_t kMaxProbeBytes = 8 * 1024;

Response live() {
  return json_response({{"status", "ok"}});
}

Response ready(const ReadinessCheck& check) {
  Readiness readiness;
  try {
    readiness = check();
  } catch (const std::exception& error) {
    log::warn("the readiness check failed", {{"error", error.what()}});
    readiness = {false, "the check failed"};
  }
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

/// A probe's socket; closed with its scope.
class ProbeSocket {
 public:
  explicit ProbeSocket(int fd) : fd_(fd), deadline_(Steady::now() + kProbeTimeout) {}
  ~ProbeSocket() { ::close(fd_); }
  ProbeSocket(const ProbeSocket&) = delete;
  ProbeSocket& operator=(const ProbeSocket&) = delete;

  /// The head of the request, or what came of it in time.
  std::string read_head() {
    std::string head;
    std::array<char, 1024> buffer{};
    while (head.find("\r\n\r\n") == std::string::npos && head.size() < kMaxProbeBytes) {
      if (!wait_for(POLLIN)) return head;
      const auto count = ::recv(fd_, buffer.data(), buffer.size(), 0);
      if (count <= 0) return head;
      head.append(buffer.data(), static_cast<std::size_t>(count));
    }
    return head;
  }

  void write(std::string_view bytes) {
    while (!bytes.empty() && wait_for(POLLOUT)) {
      const auto count = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    ::shutdown(fd_, SHUT_WR);
  }

 private:
  bool wait_for(short what) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline_ - Steady::now());
    pollfd socket{fd_, what, 0};
    return left.count() > 0 && ::poll(&socket, 1, static_cast<int>(left.count())) > 0;
  }

  int fd_;
  Steady::time_point deadline_;
};

}  // namespace

void add_operations_routes(Router& router, ReadinessCheck check, std::string openapi_yaml) {
  const RouteOptions open{.access = Access::anonymous};
  router.add(Method::get, "/livez", open, [](const Request&) { return live(); });
  router.add(Method::get, "/readyz", open,
             [check = std::move(check)](const Request&) { return ready(check); });
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
    while (true) {
      std::array<pollfd, 2> sockets{{{listener.fd(), POLLIN, 0}, {stop.fd(), POLLIN, 0}}};
      if (::poll(sockets.data(), sockets.size(), -1) < 0 && errno != EINTR) return;
      if (sockets[1].revents != 0) return;
      Listener::Accepted accepted;
      if (listener.accept(accepted) == Listener::Verdict::accepted) answer(accepted.fd);
    }
  }

  void answer(int fd) {
    ProbeSocket socket(fd);
    const std::string head = socket.read_head();
    if (head.find("\r\n\r\n") == std::string::npos) return;
    auto response = respond(std::string_view(head).substr(0, head.find("\r\n")));
    response.headers.set("X-Request-Id", Uuid::v7().str());
    socket.write(inbound::write_response(
        response, {.keep_alive = false, .head_only = head.compare(0, 5, "HEAD ") == 0}));
  }

  Response respond(std::string_view request_line) const {
    const auto begin = request_line.find(' ');
    const auto end = request_line.find_first_of(" ?", begin + 1);
    const auto path = begin == std::string_view::npos
                          ? std::string_view()
                          : request_line.substr(begin + 1, end - begin - 1);
    if (path == "/livez") return live();
    if (path == "/readyz") return ready(check);
    if (path == "/metrics") return scrape();
    Request request;
    request.path = "/";
    request.trace = tracing::TraceContext::start();
    return problem(not_found(), request);
  }

  ReadinessCheck check;
  Listener listener;
  inbound::Doorbell stop;
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
