#include "mercato/process/service.hpp"

#include <fcntl.h>
#include <malloc.h>
#include <unistd.h>

#include <chrono>
#include <exception>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>

#include "mercato/db/connection_url.hpp"
#include "mercato/http/client.hpp"
#include "mercato/http/deprecation.hpp"
#include "mercato/log/log.hpp"
#include "mercato/metrics/metrics.hpp"
#include "mercato/process/embedded_files.hpp"
#include "mercato/process/process_metrics.hpp"
#include "mercato/process/running.hpp"
#include "mercato/process/span_exporter.hpp"

namespace mercato::process {
namespace {

constexpr int kFine = 0;
constexpr int kFailed = 1;
constexpr int kBadSettings = 2;

/// Whoever started us may have closed them. A connection would get such a number then, and what is
/// meant for people would go to a database.
void open_standard_streams() {
  for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; ++stream) {
    if (::fcntl(stream, F_GETFD) < 0) static_cast<void>(::open("/dev/null", O_RDWR));
  }
}

std::vector<settings::Setting> table_of(const Service& service) {
  return settings::join(
      {settings::service_settings(),
       service.has_database ? settings::storage_settings() : std::vector<settings::Setting>(),
       service.settings});
}

std::optional<Timestamp> time_in(const settings::Settings& settings, const char* name) {
  const auto& text = settings.text(name);
  if (text.empty()) return std::nullopt;
  const auto at = parse_rfc3339(text);
  if (!at) {
    throw settings::SettingsError({std::string(name) + ": must be a time as RFC 3339 writes it"});
  }
  return at;
}

/// Whoever connects later would find it out as well, and say so again and again.
void require_database_url(const settings::Settings& settings) {
  try {
    static_cast<void>(db::connection_url(settings.text("DATABASE_URL"), {}));
  } catch (const std::invalid_argument& error) {
    throw settings::SettingsError({std::string("DATABASE_URL: ") + error.what()});
  }
}

http::Deprecation deprecation_of(const settings::Settings& settings) {
  return {"/api/v1/", time_in(settings, "API_V1_DEPRECATED_SINCE"),
          time_in(settings, "API_V1_SUNSET"), settings.text("API_V1_SUCCESSOR_URL")};
}

int serve(const Service& service, const settings::Settings& settings) {
  const auto begin = std::chrono::steady_clock::now();
  const int health_port = health_port_of(settings);
  if (!settings.boolean("METRICS")) metrics::registry().turn_off();
  http::announce_deprecation(deprecation_of(settings));
  publish_process_metrics(service.name, service_version());
  const auto spans = export_spans(settings, service.name, std::string(service_version()));
  Running running(service, settings);
  if (!running.start()) return kFailed;
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
  log::info("serving", {{"port", settings.integer("PORT")},
                        {"health_port", health_port},
                        {"version", service_version()},
                        {"startup_ms", took.count()}});
  wait_for_shutdown(give_back_memory);
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

/// Asks the process that runs with the same settings. `started` is what a container's health check
/// calls: see /startupz.
int ask_health(const settings::Settings& settings, const std::string& path) {
  const auto& bound = settings.text("BIND_ADDRESS");
  std::string host = bound == "0.0.0.0" || bound == "::" ? "127.0.0.1" : bound;
  if (host.find(':') != std::string::npos) host = "[" + host + "]";
  http::ClientOptions options;
  options.name = "self";
  options.base_urls = {"http://" + host + ":" + std::to_string(health_port_of(settings))};
  options.total_timeout = std::chrono::seconds(2);
  http::ClientRequest request;
  request.path = path;
  request.idempotent = true;
  const auto outcome = http::Client(std::move(options)).call(request);
  const auto* answered = std::get_if<http::Answered>(&outcome);
  std::cout << (answered ? answered->response.body : "no answer") << '\n';
  return answered && answered->response.status == 200 ? kFine : kFailed;
}

int usage(const Service& service) {
  std::cerr << "usage: " << service.name << "-service [serve|ready|started|settings|version";
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
  if (command == "ready" || command == "started") {
    return ask_health(settings::Settings::load(settings::service_settings()),
                      command == "ready" ? "/readyz" : "/startupz");
  }
  if (command != "serve" && !migrating && custom == service.commands.end()) return usage(service);
  const auto settings = settings::Settings::load(
      migrating ? settings::join({settings::service_settings(), settings::storage_settings()})
                : table_of(service));
  if (service.has_database) require_database_url(settings);
  log::start(service.name, log::parse_level(settings.text("LOG_LEVEL")));
  if (migrating) return migrate(settings);
  return command == "serve" ? serve(service, settings) : custom->second(settings, arguments);
}

}  // namespace

int run(const Service& service, int argc, char** argv) {
  // Two arenas instead of eight a core: the workers share what one of them freed.
  ::mallopt(M_ARENA_MAX, 2);
  open_standard_streams();
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
