#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "mercato/db/migrator.hpp"
#include "mercato/http/health.hpp"
#include "mercato/http/server.hpp"
#include "mercato/settings/settings.hpp"

namespace mercato::process {

/// Blocks until SIGTERM or SIGINT. Call block_signals() first, before any thread is made.
/// `once_at_rest` is called a little later, when what a start sets off is over.
void block_signals();
void wait_for_shutdown(const std::function<void()>& once_at_rest);

/// Gives back the memory that only a start needed: heap that was freed, and the pages of programs
/// and libraries whose code is not run again. A page of code that is needed after all is read from
/// the page cache once more. From any thread.
void give_back_memory();

/// The embedded migrations/*.sql, in order, and openapi.yaml.
[[nodiscard]] std::vector<db::Migration> embedded_migrations();
[[nodiscard]] std::string embedded_openapi();

/// A running service, as its composition root built it. Destroyed after the drain: its destructor
/// stops workers and closes pools.
class App {
 public:
  virtual ~App() = default;
  /// Called once before start(), on a schema that is right, maybe beside a predecessor that serves:
  /// starts what ready() waits for, and nothing else. stop() and the destructor end it.
  virtual void prepare() {}
  /// Called once when the server listens: starts background workers.
  virtual void start() = 0;
  /// Called before the server drains: background work stops, but for what requests that still come
  /// leave to it, which goes on until destruction.
  virtual void stop() = 0;
  [[nodiscard]] virtual http::Router routes() = 0;
  [[nodiscard]] virtual http::Authenticate authenticate() = 0;
  [[nodiscard]] virtual http::Readiness ready() = 0;
};

using Command = std::function<int(const settings::Settings&, const std::vector<std::string>&)>;

struct Service {
  std::string name;  // "order"
  std::vector<settings::Setting> settings;
  std::function<std::unique_ptr<App>(const settings::Settings&)> make_app;
  bool has_database = true;                 // adds `migrate`, and the schema check to serve
  std::map<std::string, Command> commands;  // besides serve, ready, migrate, settings, version
};

/// What main() returns: dispatches the subcommand (default `serve`), loads settings (exit 2 with
/// every mistake), starts logs, and for `serve`: checks the schema, builds the app, adds operations
/// routes, starts the server and the health port, waits for SIGTERM, drains (readiness off first),
/// stops. Any exception ends with one log line and exit 1.
[[nodiscard]] int run(const Service& service, int argc, char** argv);

/// A named background thread that runs `step` again and again until stopped. `step` returns how
/// long to wait before the next run (0: at once); wake() cuts the wait short. An exception is
/// logged and counts as "wait a second": a loop never dies.
class Loop {
 public:
  Loop(std::string name, std::function<std::chrono::milliseconds()> step);
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  void start();
  void stop();
  void wake();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mercato::process
