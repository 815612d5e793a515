#include "mercato/http/inbound/request_metrics.hpp"

#include <algorithm>

namespace mercato::http::inbound {
namespace {

// The statuses of the contract; any other is counted as the last, 0.
constexpr std::array<int, 28> kStatuses = {200, 201, 202, 204, 304, 400, 401, 402, 403, 404,
                                           405, 409, 412, 413, 414, 415, 422, 428, 429, 431,
                                           499, 500, 501, 502, 503, 504, 505, 0};

std::size_t index_of(int status) {
  const auto found = std::find(kStatuses.begin(), kStatuses.end() - 1, status);
  return static_cast<std::size_t>(found - kStatuses.begin());
}

}  // namespace

class RequestMetrics::RouteMetrics {
 public:
  RouteMetrics(std::string method, std::string route)
      : method_(std::move(method)),
        route_(std::move(route)),
        duration_(metrics::registry().histogram("http_server_request_duration_seconds",
                                                "Time from a request's first byte to its answer.",
                                                {{"method", method_}, {"route", route_}})) {}

  void answered(int status, std::chrono::nanoseconds took) {
    counter(index_of(status)).add();
    duration_.observe(std::chrono::duration<double>(took).count());
  }

 private:
  /// Made at first use, since most routes ever answer with few statuses.
  const metrics::Counter& counter(std::size_t index) {
    auto& slot = counters_[index];
    if (const auto* known = slot.load(std::memory_order_acquire)) return *known;
    const std::lock_guard lock(mutex_);
    if (const auto* known = slot.load(std::memory_order_acquire)) return *known;
    owned_.push_back(std::make_unique<metrics::Counter>(metrics::registry().counter(
        "http_server_requests_total", "Requests answered.",
        {{"method", method_}, {"route", route_}, {"status", std::to_string(kStatuses[index])}})));
    slot.store(owned_.back().get(), std::memory_order_release);
    return *owned_.back();
  }

  std::string method_;
  std::string route_;
  metrics::Histogram duration_;
  std::array<std::atomic<const metrics::Counter*>, kStatuses.size()> counters_{};
  std::mutex mutex_;
  std::vector<std::unique_ptr<metrics::Counter>> owned_;
};

RequestMetrics::RequestMetrics(const Router& router)
    : shed_(metrics::registry().counter("http_server_shed_total",
                                        "Requests refused with 503 because of overload.")) {
  for (const auto& [title, options] : router.routes()) {
    const auto space = title.find(' ');
    routes_.push_back(
        std::make_unique<RouteMetrics>(title.substr(0, space), title.substr(space + 1)));
  }
  routes_.push_back(std::make_unique<RouteMetrics>("", "none"));
}

RequestMetrics::~RequestMetrics() = default;

void RequestMetrics::answered(const Router::Match& match, int status,
                              std::chrono::nanoseconds took) {
  const std::size_t index = match.options ? match.index : routes_.size() - 1;
  routes_[index]->answered(status, took);
}

}  // namespace mercato::http::inbound
