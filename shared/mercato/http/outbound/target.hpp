#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "mercato/http/outbound/connection.hpp"
#include "mercato/http/outbound/endpoint.hpp"
#include "mercato/net/socket_address.hpp"

namespace mercato::http::outbound {

/// One address of a neighbour, with its idle connections and its record of failures. Guarded by the
/// mutex of the pool that it belongs to.
struct Target {
  using SteadyTime = std::chrono::steady_clock::time_point;
  struct Idle {
    std::unique_ptr<Connection> connection;
    SteadyTime since;
  };

  Endpoint endpoint;
  net::SocketAddress address;
  std::vector<Idle> idle = {};  // the last used one last
  std::size_t failures_in_a_row = 0;
  SteadyTime ejected_until = {};
};

using Targets = std::vector<std::shared_ptr<Target>>;

}  // namespace mercato::http::outbound
