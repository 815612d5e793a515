#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "load_options.hpp"

namespace mercato::load {

struct Result {
  std::map<int, std::size_t> statuses;               // 0: the connection was lost
  std::vector<std::chrono::nanoseconds> latencies;   // of every answered request
  std::chrono::nanoseconds took{};
};

/// Runs a closed loop: each client sends its next request when the last one was answered. One
/// thread, one epoll; blocks until all requests are done. Throws std::system_error when the address
/// cannot be connected to at all.
[[nodiscard]] Result run(const Options& options);

}  // namespace mercato::load
