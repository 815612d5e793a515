#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "mercato/http/router.hpp"

namespace mercato::http {

/// What /readyz reports; `reason` is empty when ready.
struct Readiness {
  bool ready = true;
  std::string reason;
};
using ReadinessCheck = std::function<Readiness()>;

/// Adds /livez, /readyz, /metrics and /openapi.yaml to a router (all anonymous: the gateway routes
/// to none of them but the document), and /figures (http/figures.hpp) for admins, where the router
/// has routes for signed-in callers already. `check` must answer from memory or within a second.
void add_operations_routes(Router& router, ReadinessCheck check, std::string openapi_yaml);

/// The same health routes on a port and thread of their own, so that a flooded or frozen worker
/// pool cannot make a live process look dead. Plain blocking sockets, one request at a time.
/// Here also /startupz: 200 from the first time on that it was asked while the process was ready,
/// whatever becomes of its database. It is for what replaces processes that are not healthy: that
/// waits for a new one to be ready, but gains nothing by ending one that waits for its database.
class HealthServer {
 public:
  HealthServer(const std::string& bind_address, std::uint16_t port, ReadinessCheck check);
  /// On a socket that was taken over from another process.
  HealthServer(int listening_socket, ReadinessCheck check);
  ~HealthServer();
  HealthServer(const HealthServer&) = delete;
  HealthServer& operator=(const HealthServer&) = delete;
  [[nodiscard]] std::uint16_t port() const;
  [[nodiscard]] int listening_socket() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mercato::http
