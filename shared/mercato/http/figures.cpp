#include "mercato/http/figures.hpp"

#include <chrono>
#include <cmath>
#include <string>
#include <string_view>

namespace mercato::http {
namespace {

using metrics::Sample;

constexpr std::string_view kRequests = "http_server_requests_total";
constexpr std::string_view kDurations = "http_server_request_duration_seconds";

std::string label_of(const Sample& sample, std::string_view name) {
  for (const auto& [key, value] : sample.labels) {
    if (key == name) return value;
  }
  return {};
}

/// The bound, in milliseconds, below which `share` of what was seen lies.
json::Value quantile_ms(const Sample& histogram, double share) {
  if (histogram.count == 0) return nullptr;
  for (std::size_t i = 0; i < histogram.bounds.size(); ++i) {
    if (histogram.below[i] < share * histogram.count) continue;
    if (std::isinf(histogram.bounds[i])) break;
    return histogram.bounds[i] * 1000;
  }
  return nullptr;
}

void add_up(Sample& sum, const Sample& histogram) {
  sum.count += histogram.count;
  sum.value += histogram.value;
  if (sum.bounds.empty()) {
    sum.bounds = histogram.bounds;
    sum.below.resize(sum.bounds.size());
  }
  for (std::size_t i = 0; i < sum.below.size() && i < histogram.below.size(); ++i) {
    sum.below[i] += histogram.below[i];
  }
}

/// All routes as one.
class Requests {
 public:
  /// False if the sample is about something else.
  bool take(const Sample& sample) {
    if (sample.name == kDurations) {
      add_up(durations_, sample);
      return true;
    }
    if (sample.name != kRequests) return false;
    const auto status = label_of(sample, "status");
    total_ += sample.value;
    if (status.front() == '4') client_errors_ += sample.value;
    if (status.front() == '5') server_errors_ += sample.value;
    return true;
  }

  [[nodiscard]] json::Value json() const {
    json::Value bounds = json::Value::array();
    for (const double bound : durations_.bounds) {
      bounds.push_back(std::isinf(bound) ? json::Value(nullptr) : json::Value(bound * 1000));
    }
    return {{"total", total_},
            {"client_errors", client_errors_},
            {"server_errors", server_errors_},
            {"p50_ms", quantile_ms(durations_, 0.5)},
            {"p99_ms", quantile_ms(durations_, 0.99)},
            {"bounds_ms", std::move(bounds)},
            {"below", durations_.below}};
  }

 private:
  Sample durations_;
  double total_ = 0;
  double client_errors_ = 0;
  double server_errors_ = 0;
};

/// The few that everybody wants to see first: true if `sample` was one of them.
bool put_first(const Sample& sample, json::Value& first, json::Value& requests) {
  if (sample.name == "build_info") {
    first["version"] = label_of(sample, "version");
  } else if (sample.name == "process_start_time_seconds") {
    const std::chrono::duration<double> now = std::chrono::system_clock::now().time_since_epoch();
    first["uptime_s"] = now.count() - sample.value;
  } else if (sample.name == "process_cpu_seconds_total") {
    first["cpu_s"] = sample.value;
  } else if (sample.name == "process_resident_memory_bytes") {
    first["memory_bytes"] = sample.value;
  } else if (sample.name == "http_server_busy_workers") {
    requests["busy_workers"] = sample.value;
  } else if (sample.name == "http_server_queued_requests") {
    requests["queued"] = sample.value;
  } else if (sample.name == "http_server_connections") {
    requests["connections"] = sample.value;
  } else if (sample.name == "http_server_shed_total") {
    requests["shed"] = sample.value;
  } else {
    return false;
  }
  return true;
}

json::Value named(const Sample& sample) {
  json::Value labels = json::Value::object();
  for (const auto& [name, value] : sample.labels) labels[name] = value;
  return {{"name", sample.name}, {"labels", std::move(labels)}};
}

}  // namespace

json::Value figures(const std::vector<Sample>& samples) {
  json::Value result = json::Value::object();
  json::Value first_of_requests = json::Value::object();
  json::Value metrics = json::Value::array();
  json::Value timings = json::Value::array();
  Requests requests;
  for (const auto& sample : samples) {
    if (requests.take(sample) || put_first(sample, result, first_of_requests)) continue;
    json::Value entry = named(sample);
    if (sample.kind == Sample::Kind::histogram) {
      entry["count"] = sample.count;
      entry["sum_s"] = sample.value;
      entry["p50_ms"] = quantile_ms(sample, 0.5);
      entry["p99_ms"] = quantile_ms(sample, 0.99);
      timings.push_back(std::move(entry));
    } else {
      entry["value"] = sample.value;
      metrics.push_back(std::move(entry));
    }
  }
  result["requests"] = requests.json();
  result["requests"].update(first_of_requests);
  result["metrics"] = std::move(metrics);
  result["timings"] = std::move(timings);
  return result;
}

}  // namespace mercato::http
