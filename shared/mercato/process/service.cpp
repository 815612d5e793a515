#include "mercato/process/service.hpp"

#include <malloc.h>

#include <atomic>
#include <chrono>
#include <exception>
#include <iostream>
#include <memory>

#include "mercato/error/error.hpp"
#include "mercato/log/log.hpp"
#include "mercato/process/embedded_files.hpp"
#include "mercato/process/process_metrics.hpp"
#include "mercato/process/schema_check.hpp"
#include "mercato/resilience/token_bucket.hpp"

namespace mercato::process {
namespace {

using namespace std::chrono_literals;

constexpr int kFine = 0;
constexpr int kFailed = 1;
constexpr int kBadSettings = 2;

// A database that answers does so much sooner; without one we start all the same.
constexpr auto kSchemaPatience = 1s;
// Longer than any request may take, so that a drain loses none.
constexpr auto kDrainGrace = 15s;

std::vector<settings::Setting> table_of(const Service& service) {
  return settings::join(
      {settings::service_settings(),
       service.has_database ? settings::storage_settings() : std::vector<settings::Setting>(),
       service.settings});
}

std::uint16_t port_of(const settings::Settings& settings) {
  return static_cast<std::uint16_t>(settings.integer("PORT"));
}

std::uint16_t health_port_of(const settings::Settings& settings) {
  constexpr std::int64_t kBeside = 1000;
  const auto port = settings.integer("HEALTH_PORT");
  return static_cast<std::uint16_t>(port == 0 ? settings.integer("PORT") + kBeside : port);
}

http::Admit rate_limit(const settings::Settings& settings) {
  const auto limiter = std::make_shared<resilience::RateLimiter>(
      static_cast<double>(settings.integer("RATE_LIMIT_PER_SECOND")),
      static_cast<double>(settings.integer("RATE_LIMIT_BURST")));
  return [limiter](const http::Caller& caller) {
    const auto delay = limiter->take(caller.subject.str());
    if (delay == std::chrono::milliseconds::zero()) return;
    Error error(ErrorKind::rate_limited, "rate_limited", "Too many requests. Try again later.");
    throw error.after(std::chrono::ceil<std::chrono::seconds>(delay));
  };
}

/// `serve`: the parts of a running service, in the order in which they depend on each other.
class Running {
 public:
  Running(const Service& service, const settings::Settings& settings)
      : schema_(service.has_database ? std::make_unique<SchemaCheck>(settings.text("DATABASE_URL"),
                                                                     embedded_migrations())
                                     : nullptr),
        app_(service.make_app(settings)),
        health_(settings.text("BIND_ADDRESS"), health_port_of(settings),
                [this] { return ready(); }),
        server_(routes(), server_options(settings)) {}

  /// False if the schema is wrong.
  bool start() {
    if (schema_ && schema_->wait(kSchemaPatience) == SchemaCheck::Verdict::wrong) return false;
    if (schema_ && !schema_->problem().empty()) {
      log::warn("starting without the database", {{"reason", schema_->problem()}});
    }
    server_.start();
    app_->start();
    listening_ = true;
    return true;
  }

  /// False if the schema turned out to be wrong.
  bool stop() {
    listening_ = false;
    app_->stop();
    server_.drain(kDrainGrace);
    return !schema_ || schema_->wait(0ms) != SchemaCheck::Verdict::wrong;
  }

 private:
  http::Readiness ready() const {
    if (schema_ && !schema_->problem().empty()) return {false, schema_->problem()};
    if (!listening_) return {false, "not listening"};
    return app_->ready();
  }

  http::Router routes() {
    http::Router router = app_->routes();
    http::add_operations_routes(
        router, [this] { return ready(); }, embedded_openapi());
    return router;
  }

  http::ServerOptions server_options(const settings::Settings& settings) {
    http::ServerOptions options;
    options.bind_address = settings.text("BIND_ADDRESS");
    options.port = port_of(settings);
    options.workers = static_cast<std::size_t>(settings.integer("HTTP_WORKERS"));
    options.max_connections = static_cast<std::size_t>(settings.integer("MAX_CONNECTIONS"));
    options.authenticate = app_->authenticate();
    options.admit = rate_limit(settings);
    return options;
  }

  std::atomic<bool> listening_{false};
  std::unique_ptr<SchemaCheck> schema_;
  std::unique_ptr<App> app_;
  http::HealthServer health_;  // speaks until the end, of what is above
  http::Server server_;
};

int serve(const Service& service, const settings::Settings& settings) {
  const auto begin = std::chrono::steady_clock::now();
  publish_process_metrics(service.name, service_version());
  Running running(service, settings);
  if (!running.start()) return kFailed;
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
  log::info("serving", {{"port", settings.integer("PORT")},
                        {"health_port", int{health_port_of(settings)}},
                        {"version", service_version()},
                        {"startup_ms", took.count()}});
  wait_for_shutdown();
  log::info("draining");
  const bool fine = running.stop();
  log::info("stopped");
  return fine ? kFine : kFailed;
}

int migrate(const settings::Settings& settings) {
  const auto migrations = embedded_migrations();
  const int applied = db::migrate(settings.text("DATABASE_URL"), migrations);
  log::info("schema is current", {{"applied", applied},
                                  {"version", migrations.empty() ? 0 : migrations.back().version}});
  return kFine;
}

int usage(const Service& service) {
  std::cerr << "usage: " << service.name << "-service [serve|settings|version";
  if (service.has_database) std::cerr << "|migrate";
  for (const auto& [name, command] : service.commands) std::cerr << '|' << name;
  std::cerr << "]\n";
  return kBadSettings;
}

int dispatch(const Service& service, const std::string& command,
             const std::vector<std::string>& arguments) {
  // A migration runs before the service is set up: it needs to know its database, no more.
  const bool migrating = command == "migrate" && service.has_database;
  const auto custom = service.commands.find(command);
  if (command != "serve" && !migrating && custom == service.commands.end()) return usage(service);
  const auto settings = settings::Settings::load(
      migrating ? settings::join({settings::service_settings(), settings::storage_settings()})
                : table_of(service));
  log::start(service.name, log::parse_level(settings.text("LOG_LEVEL")));
  if (migrating) return migrate(settings);
  return command == "serve" ? serve(service, settings) : custom->second(settings, arguments);
}

}  // namespace

int run(const Service& service, int argc, char** argv) {
  // Two arenas instead of eight a core: the workers share what one of them freed.
  ::mallopt(M_ARENA_MAX, 2);
  block_signals();
  const std::vector<std::string> words(argv + 1, argv + argc);
  const std::string command = words.empty() ? "serve" : words.front();
  try {
    if (command == "version") {
      std::cout << service.name << ' ' << service_version() << '\n';
      return kFine;
    }
    if (command == "settings") {
      std::cout << settings::to_markdown(table_of(service));
      return kFine;
    }
    return dispatch(service, command, {words.begin() + (words.empty() ? 0 : 1), words.end()});
  } catch (const settings::SettingsError& error) {
    std::cerr << error.what() << '\n';
    return kBadSettings;
  } catch (const std::exception& error) {
    log::error("ended by an error", {{"error", error.what()}});
    std::cerr << service.name << ": " << error.what() << '\n';
    return kFailed;
  }
}

}  // namespace mercato::process
