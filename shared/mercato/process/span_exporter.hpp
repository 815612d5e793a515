#pragma once

#include <memory>
#include <string>

#include "mercato/settings/settings.hpp"
#include "mercato/tracing/span.hpp"

namespace mercato::process {

/// Sends spans to a collector as OTLP over HTTP in JSON (OpenTelemetry protocol 1.0), in batches,
/// from a thread of its own. Whoever records a span never waits: the queue holds 4,096, and what
/// does not fit, or cannot be sent, is dropped and counted. It is made before the threads that
/// record, and ends after them.
class SpanExporter {
 public:
  /// `endpoint` is the collector's base URL, "http://host:4318".
  SpanExporter(const std::string& endpoint, std::string service, std::string version,
               tracing::Sampling sampling);
  ~SpanExporter();  // sends what is left, for a second or so
  SpanExporter(const SpanExporter&) = delete;
  SpanExporter& operator=(const SpanExporter&) = delete;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Writes spans into the log, one line each, for `./dev trace` or whoever reads logs. Requests have
/// a line of their own already, which tells as much.
class SpanLog {
 public:
  explicit SpanLog(tracing::Sampling sampling);
  ~SpanLog();
  SpanLog(const SpanLog&) = delete;
  SpanLog& operator=(const SpanLog&) = delete;
};

/// At most one of them.
struct SpanOutput {
  std::unique_ptr<SpanExporter> exporter;
  std::unique_ptr<SpanLog> log;
};

/// Starts to record as OTEL_TRACES_EXPORTER, OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_TRACES_SAMPLER and
/// OTEL_TRACES_SAMPLER_ARG say. Throws std::invalid_argument if the ratio is no number from 0 to 1.
[[nodiscard]] SpanOutput export_spans(const settings::Settings& settings,
                                      const std::string& service, const std::string& version);

}  // namespace mercato::process
