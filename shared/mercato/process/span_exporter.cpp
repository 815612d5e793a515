#include "mercato/process/span_exporter.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "mercato/http/client.hpp"
#include "mercato/json/json.hpp"
#include "mercato/log/log.hpp"
#include "mercato/metrics/metrics.hpp"

namespace mercato::process {
namespace {

using namespace std::chrono_literals;
using tracing::Span;

constexpr std::size_t kQueue = 4'096;
constexpr std::size_t kBatch = 512;
constexpr auto kPatience = 1s;  // for a batch to fill, and for the last one at the end
constexpr std::chrono::milliseconds kTimeout{2'000};

std::string unix_nano(std::chrono::system_clock::time_point at) {
  return std::to_string(
      std::chrono::duration_cast<std::chrono::nanoseconds>(at.time_since_epoch()).count());
}

json::Value attribute(const std::string& key, const std::string& value) {
  return {{"key", key}, {"value", {{"stringValue", value}}}};
}

json::Value to_json(const Span& span) {
  json::Value json = {{"traceId", span.trace_id}, {"spanId", span.span_id}};
  if (!span.parent_id.empty()) json["parentSpanId"] = span.parent_id;
  json["name"] = span.name;
  json["kind"] = static_cast<int>(span.kind);
  json["startTimeUnixNano"] = unix_nano(span.start);
  json["endTimeUnixNano"] = unix_nano(span.end);
  json["attributes"] = json::Value::array();
  for (const auto& [key, value] : span.attributes) {
    json["attributes"].push_back(attribute(key, value));
  }
  if (span.failed) json["status"] = {{"code", 2}};
  return json;
}

http::ClientOptions collector(const std::string& endpoint) {
  http::ClientOptions options;
  options.name = "trace_collector";
  options.base_urls = {endpoint};
  options.total_timeout = kTimeout;
  options.max_connections = 1;
  options.max_tries = 1;
  return options;
}

void write_line(const Span& span) {
  if (span.kind == Span::Kind::server) return;
  const auto micros = [](auto duration) {
    return std::chrono::duration_cast<std::chrono::microseconds>(duration).count();
  };
  std::string about;
  for (const auto& [key, value] : span.attributes) {
    about.append(about.empty() ? "" : ", ").append(key).append(": ").append(value);
  }
  // The trace's own ids: whoever records may be at work for another one, or for none.
  const log::Scope scope(span.trace_id, {});
  log::info("span", {{"name", span.name},
                     {"span_id", span.span_id},
                     {"parent_id", span.parent_id},
                     {"start_us", micros(span.start.time_since_epoch())},
                     {"us", micros(span.end - span.start)},
                     {"failed", span.failed},
                     {"about", about}});
}

}  // namespace

struct SpanExporter::Impl {
  Impl(const std::string& endpoint, std::string service_name, std::string service_version)
      : service(std::move(service_name)),
        version(std::move(service_version)),
        client(collector(endpoint)),
        thread([this] { run(); }) {}

  void add(Span span) {
    std::unique_lock lock(mutex);
    if (queue.size() >= kQueue) {
      lock.unlock();
      return dropped.add();
    }
    queue.push_back(std::move(span));
    const bool full = queue.size() == kBatch;
    lock.unlock();
    if (full) changed.notify_all();
  }

  void run() {
    std::unique_lock lock(mutex);
    while (!stopping || !queue.empty()) {
      changed.wait_for(lock, kPatience, [this] { return stopping || queue.size() >= kBatch; });
      if (stopping && std::chrono::steady_clock::now() > give_up_at) return;
      if (queue.empty()) continue;
      const auto count = std::min(queue.size(), kBatch);
      const auto end = queue.begin() + static_cast<std::ptrdiff_t>(count);
      std::vector<Span> batch(std::make_move_iterator(queue.begin()),
                              std::make_move_iterator(end));
      queue.erase(queue.begin(), end);
      lock.unlock();
      (send(batch) ? exported : dropped).add(static_cast<double>(batch.size()));
      lock.lock();
    }
  }

  bool send(const std::vector<Span>& batch) {
    json::Value spans = json::Value::array();
    for (const auto& span : batch) spans.push_back(to_json(span));
    json::Value scope;
    scope["scope"]["name"] = "mercato";
    scope["spans"] = std::move(spans);
    json::Value resource;
    resource["resource"]["attributes"] =
        json::Value::array({attribute("service.name", service),
                            attribute("service.version", version)});
    resource["scopeSpans"] = json::Value::array({std::move(scope)});
    json::Value body;
    body["resourceSpans"] = json::Value::array({std::move(resource)});
    http::ClientRequest request;
    request.method = http::Method::post;
    request.path = "/v1/traces";
    request.body = json::dump(body);
    const auto outcome = client.call(request);
    const auto* answered = std::get_if<http::Answered>(&outcome);
    return answered != nullptr && answered->response.status == 200;
  }

  const std::string service;
  const std::string version;
  http::Client client;
  const metrics::Counter exported = metrics::registry().counter(
      "tracing_spans_exported_total", "Spans that the collector took.");
  const metrics::Counter dropped = metrics::registry().counter(
      "tracing_spans_dropped_total", "Spans that did not fit the queue or could not be sent.");
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<Span> queue;
  bool stopping = false;
  std::chrono::steady_clock::time_point give_up_at{};
  std::thread thread;
};

SpanExporter::SpanExporter(const std::string& endpoint, std::string service, std::string version,
                           tracing::Sampling sampling)
    : impl_(std::make_unique<Impl>(endpoint, std::move(service), std::move(version))) {
  tracing::set_span_sink([this](Span span) { impl_->add(std::move(span)); }, sampling);
}

SpanExporter::~SpanExporter() {
  tracing::set_span_sink({}, {});
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->stopping = true;
    impl_->give_up_at = std::chrono::steady_clock::now() + kPatience;
  }
  impl_->changed.notify_all();
  impl_->thread.join();
}

SpanLog::SpanLog(tracing::Sampling sampling) {
  tracing::set_span_sink(write_line, sampling);
}

SpanLog::~SpanLog() {
  tracing::set_span_sink({}, {});
}

SpanOutput export_spans(const settings::Settings& settings, const std::string& service,
                        const std::string& version) {
  const auto& exporter = settings.text("OTEL_TRACES_EXPORTER");
  const auto& endpoint = settings.text("OTEL_EXPORTER_OTLP_ENDPOINT");
  const auto& sampler = settings.text("OTEL_TRACES_SAMPLER");
  const auto& argument = settings.text("OTEL_TRACES_SAMPLER_ARG");
  SpanOutput output;
  if (exporter == "none" || sampler == "always_off") return output;
  tracing::Sampling sampling;
  sampling.parent_decides = sampler == "parentbased_traceidratio";
  if (sampler != "always_on") {
    const char* const end = argument.data() + argument.size();
    const auto [rest, error] = std::from_chars(argument.data(), end, sampling.ratio);
    const bool fits = sampling.ratio >= 0.0 && sampling.ratio <= 1.0;
    if (error != std::errc() || rest != end || !fits) {
      throw std::invalid_argument("OTEL_TRACES_SAMPLER_ARG must be a number from 0 to 1");
    }
  }
  if (exporter == "console") {
    output.log = std::make_unique<SpanLog>(sampling);
  } else if (!endpoint.empty()) {
    output.exporter = std::make_unique<SpanExporter>(endpoint, service, version, sampling);
  }
  return output;
}

}  // namespace mercato::process
