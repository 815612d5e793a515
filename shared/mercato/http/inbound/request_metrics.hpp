#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "mercato/http/router.hpp"
#include "mercato/metrics/metrics.hpp"

namespace mercato::http::inbound {

/// Counts answers by method, route template and status, and times them. Looking a metric up by its
/// labels costs more than a small request does, so the handles are kept. Any thread.
class RequestMetrics {
 public:
  explicit RequestMetrics(const Router& router);
  ~RequestMetrics();
  RequestMetrics(const RequestMetrics&) = delete;
  RequestMetrics& operator=(const RequestMetrics&) = delete;

  void answered(const Router::Match& match, int status, std::chrono::nanoseconds took);
  void shed() const { shed_.add(); }

 private:
  class RouteMetrics;
  std::vector<std::unique_ptr<RouteMetrics>> routes_;  // by index; the last is for no route at all
  metrics::Counter shed_;
};

}  // namespace mercato::http::inbound
