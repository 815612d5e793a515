#pragma once

#include <vector>

#include "mercato/json/json.hpp"
#include "mercato/metrics/metrics.hpp"

namespace mercato::http {

/// A process at a glance, for whoever adds several of them up. Counts and times are since its
/// start: who wants a rate asks twice.
///
///   {"version", "uptime_s", "cpu_s", "memory_bytes",
///    "requests": {"total", "client_errors", "server_errors", "shed", "busy_workers", "queued",
///                 "connections", "p50_ms", "p99_ms", "bounds_ms": […], "below": […]},
///    "metrics": [{"name", "labels", "value"}, …],
///    "timings": [{"name", "labels", "count", "sum_s", "p50_ms", "p99_ms"}, …]}
///
/// `p50_ms` and `p99_ms` are the upper bounds of the buckets they fall into; null when nothing was
/// seen, or more than the last bound. Requests by route are summed up, everything else is listed.
[[nodiscard]] json::Value figures(const std::vector<metrics::Sample>& samples);

}  // namespace mercato::http
