#include "mercato/process/running.hpp"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <limits>
#include <string>
#include <thread>

#include "mercato/error/rate_limited.hpp"
#include "mercato/log/log.hpp"
#include "mercato/resilience/token_bucket.hpp"

namespace mercato::process {
namespace {

using namespace std::chrono_literals;

// A database that answers does so much sooner; without one we get ready all the same.
constexpr auto kSchemaPatience = 1s;
// Longer than any request may take, so that a drain loses none.
constexpr auto kDrainGrace = 15s;
// With a predecessor still serving there is no hurry to serve badly.
constexpr auto kTakeOverPatience = 10s;
// Nor for one more replica, whom others ask as soon as it listens. But if nothing comes of it,
// saying 503 is better than not being there.
constexpr auto kServeAnywayAfter = 3s;
// Longer than the gateway keeps an idle connection (30 s): one that we close was closed by it.
constexpr std::chrono::milliseconds kRelievedIdlePatience = 35s;
constexpr std::chrono::milliseconds kIdlePatience = 250ms;

std::uint16_t port_of(const settings::Settings& settings) {
  return static_cast<std::uint16_t>(settings.integer("PORT"));
}

/// One bucket for each caller in this process: an empty one says how long it takes to fill up.
http::Admit rate_limit(const settings::Settings& settings) {
  const auto rate = settings.integer("RATE_LIMIT_PER_SECOND");
  if (rate == 0) return {};
  const auto burst = std::max(settings.integer("RATE_LIMIT_BURST"), std::int64_t{1});
  const auto limiter = std::make_shared<resilience::RateLimiter>(static_cast<double>(rate),
                                                                 static_cast<double>(burst));
  const auto policy = "\"caller\";q=" + std::to_string(burst) +
                      ";w=" + std::to_string((burst + rate - 1) / rate);
  return [limiter, policy](const http::Caller& caller) {
    const auto delay = limiter->take(caller.subject.str());
    if (delay == std::chrono::milliseconds::zero()) return;
    throw RateLimited("Too many requests. Try again later.",
                      std::chrono::ceil<std::chrono::seconds>(delay), policy);
  };
}

std::vector<net::Network> gateways(const settings::Settings& settings) {
  std::vector<net::Network> networks;
  for (const auto& text : settings.list("TRUSTED_GATEWAYS")) {
    const auto network = net::Network::parse(text);
    if (!network) throw settings::SettingsError({"TRUSTED_GATEWAYS: no network: " + text});
    networks.push_back(*network);
  }
  return networks;
}

std::optional<Predecessor> find_predecessor(const settings::Settings& settings) {
  const auto& path = settings.text("HANDOVER_SOCKET");
  return path.empty() ? std::nullopt : Predecessor::find(path);
}

}  // namespace

std::uint16_t health_port_of(const settings::Settings& settings) {
  constexpr std::int64_t kBeside = 1000;
  auto port = settings.integer("HEALTH_PORT");
  if (port == 0) port = settings.integer("PORT") + kBeside;
  if (port > std::numeric_limits<std::uint16_t>::max()) {
    throw settings::SettingsError({"HEALTH_PORT: must be given, as there is no port PORT + 1000"});
  }
  return static_cast<std::uint16_t>(port);
}

Running::Running(const Service& service, const settings::Settings& settings)
    : settings_(settings),
      predecessor_(find_predecessor(settings)),
      schema_(service.has_database ? std::make_unique<SchemaCheck>(settings.text("DATABASE_URL"),
                                                                   embedded_migrations())
                                   : nullptr),
      app_(service.make_app(settings)),
      server_(routes(), server_options(settings)) {
  // Beside a predecessor, probes are its to answer until we are ready.
  if (!predecessor_) listen_for_probes();
}

bool Running::start() {
  if (schema_ && schema_->wait(kSchemaPatience) == SchemaCheck::Verdict::wrong) return false;
  app_->prepare();
  if (!await_equipped(predecessor_ ? kTakeOverPatience : kServeAnywayAfter)) {
    const auto reason = equipped().reason;
    if (predecessor_) {
      log::error("not ready to take over", {{"reason", reason}});
      return false;
    }
    log::warn("serving without being ready", {{"reason", reason}});
  }
  server_.start();
  app_->start();
  listening_ = true;
  if (predecessor_) listen_for_probes();
  await_successor();
  if (predecessor_) predecessor_->relieve();
  return true;
}

bool Running::stop() {
  listening_ = false;
  succession_.reset();
  // Probes share their socket with our successor: it is the one to answer now.
  if (relieved_) health_.reset();
  app_->stop();
  const auto idle_patience =
      relieved_ ? kRelievedIdlePatience
                : std::max<std::chrono::milliseconds>(settings_.seconds("DRAIN_IDLE_S"),
                                                      kIdlePatience);
  server_.drain(kDrainGrace + idle_patience, idle_patience);
  return !schema_ || schema_->wait(0ms) != SchemaCheck::Verdict::wrong;
}

http::Readiness Running::ready() const {
  if (!listening_) return {false, "not listening"};
  return equipped();
}

/// Everything but a socket.
http::Readiness Running::equipped() const {
  if (schema_ && !schema_->problem().empty()) return {false, schema_->problem()};
  return app_->ready();
}

bool Running::await_equipped(std::chrono::milliseconds patience) const {
  const auto until = std::chrono::steady_clock::now() + patience;
  while (!equipped().ready) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(10ms);
  }
  return true;
}

http::Router Running::routes() {
  http::Router router = app_->routes();
  http::add_operations_routes(
      router, [this] { return ready(); }, embedded_openapi());
  return router;
}

http::ServerOptions Running::server_options(const settings::Settings& settings) {
  http::ServerOptions options;
  options.bind_address = settings.text("BIND_ADDRESS");
  options.port = port_of(settings);
  if (predecessor_) options.listening_socket = predecessor_->sockets().api;
  options.workers = static_cast<std::size_t>(settings.integer("HTTP_WORKERS"));
  options.max_connections = static_cast<std::size_t>(settings.integer("MAX_CONNECTIONS"));
  options.certificate_file = settings.text("TLS_CERTIFICATE_FILE");
  options.key_file = settings.text("TLS_KEY_FILE");
  options.gateways = gateways(settings);
  options.authenticate = app_->authenticate();
  options.admit = rate_limit(settings);
  return options;
}

void Running::listen_for_probes() {
  const auto check = [this] { return ready(); };
  health_ = predecessor_
                ? std::make_unique<http::HealthServer>(predecessor_->sockets().health, check)
                : std::make_unique<http::HealthServer>(settings_.text("BIND_ADDRESS"),
                                                       health_port_of(settings_), check);
}

void Running::await_successor() {
  const auto& path = settings_.text("HANDOVER_SOCKET");
  if (path.empty()) return;
  const ListeningSockets sockets{server_.listening_socket(), health_->listening_socket()};
  succession_ = std::make_unique<Succession>(path, sockets, [this] {
    relieved_ = true;
    ::kill(::getpid(), SIGTERM);  // whoever waits for the end of this process hears it
  });
}

}  // namespace mercato::process
