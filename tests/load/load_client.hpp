#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "load_options.hpp"

namespace mercato::load {

struct Result {
  std::map<int, std::size_t> statuses;  // 0: the connection was lost
  /// Of every answered request, by status; in an open loop since it was due, so that one which had
  /// to wait for a free client is not taken for a quick one (coordinated omission).
  std::map<int, std::vector<std::chrono::nanoseconds>> latencies;
  std::chrono::nanoseconds took{};
};

/// Runs a closed loop, in which each client sends its next request when the last one was answered,
/// or, with a rate, an open one: requests go out by the clock, as long as a client is free. One
/// thread, one epoll; blocks until all requests are done. Throws std::system_error when the address
/// cannot be connected to at all.
[[nodiscard]] Result run(const Options& options);

}  // namespace mercato::load
