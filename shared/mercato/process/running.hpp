#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>

#include "mercato/http/health.hpp"
#include "mercato/http/server.hpp"
#include "mercato/process/handover.hpp"
#include "mercato/process/schema_check.hpp"
#include "mercato/process/service.hpp"
#include "mercato/settings/settings.hpp"

namespace mercato::process {

[[nodiscard]] std::uint16_t health_port_of(const settings::Settings& settings);

/// `serve`: the parts of a running service, in the order in which they depend on each other. Made,
/// started and stopped by the main thread.
class Running {
 public:
  Running(const Service& service, const settings::Settings& settings);

  /// Serves from here on: once ready, or after four seconds without being it. Takes over from a
  /// predecessor that waits at HANDOVER_SOCKET, once ready.
  /// False if the schema is wrong, or if there is a predecessor and we do not become ready: then
  /// it goes on.
  [[nodiscard]] bool start();
  /// Drains and stops. False if the schema turned out to be wrong.
  [[nodiscard]] bool stop();

 private:
  [[nodiscard]] http::Readiness ready() const;
  [[nodiscard]] http::Readiness equipped() const;
  [[nodiscard]] bool await_equipped(std::chrono::milliseconds patience) const;
  http::Router routes();
  http::ServerOptions server_options(const settings::Settings& settings);
  void listen_for_probes();
  void await_successor();

  const settings::Settings& settings_;
  std::optional<Predecessor> predecessor_;
  std::atomic<bool> listening_{false};
  std::atomic<bool> relieved_{false};
  std::unique_ptr<SchemaCheck> schema_;
  std::unique_ptr<App> app_;
  std::unique_ptr<http::HealthServer> health_;  // speaks until the end, of what is above
  http::Server server_;
  std::unique_ptr<Succession> succession_;
};

}  // namespace mercato::process
