#include "mercato/metrics/metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <map>
#include <mutex>

namespace mercato::metrics {
namespace {

std::map<std::string, std::string> to_map(Labels labels) {
  return {labels.begin(), labels.end()};
}

const std::vector<double>& default_buckets() {
  static const std::vector<double> seconds = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                              0.25,  0.5,    1.0,   2.5,  5.0,   10.0};
  return seconds;
}

Sample sample_of(const prometheus::MetricFamily& family, const prometheus::ClientMetric& metric) {
  Sample sample;
  sample.name = family.name;
  for (const auto& label : metric.label) sample.labels.emplace_back(label.name, label.value);
  if (family.type == prometheus::MetricType::Counter) {
    sample.value = metric.counter.value;
  } else if (family.type == prometheus::MetricType::Gauge) {
    sample.kind = Sample::Kind::gauge;
    sample.value = metric.gauge.value;
  } else {
    sample.kind = Sample::Kind::histogram;
    sample.value = metric.histogram.sample_sum;
    sample.count = static_cast<double>(metric.histogram.sample_count);
    for (const auto& bucket : metric.histogram.bucket) {
      sample.bounds.push_back(bucket.upper_bound);
      sample.below.push_back(static_cast<double>(bucket.cumulative_count));
    }
  }
  return sample;
}

}  // namespace

// The library's metrics live as long as their registry, and ours lives as long as the process: a
// handle is a plain pointer, and counting is one atomic operation.

void Counter::add(double amount) const {
  if (impl_ != nullptr) static_cast<prometheus::Counter*>(impl_)->Increment(amount);
}

void Gauge::set(double value) const {
  if (impl_ != nullptr) static_cast<prometheus::Gauge*>(impl_)->Set(value);
}

void Gauge::add(double amount) const {
  if (impl_ != nullptr) static_cast<prometheus::Gauge*>(impl_)->Increment(amount);
}

void Histogram::observe(double value) const {
  if (impl_ != nullptr) static_cast<prometheus::Histogram*>(impl_)->Observe(value);
}

struct Registry::Impl {
  std::mutex mutex;
  std::mutex refreshing;  // held while refreshers run, which may ask for metrics
  prometheus::Registry registry;
  std::vector<std::function<void()>> refreshers;
  bool off = false;
};

Registry::Registry() : impl_(std::make_unique<Impl>()) {}
Registry::~Registry() = default;

Counter Registry::counter(std::string_view name, std::string_view help, Labels labels) {
  const std::lock_guard lock(impl_->mutex);
  if (impl_->off) return {};
  auto& family = prometheus::BuildCounter()
                     .Name(std::string(name))
                     .Help(std::string(help))
                     .Register(impl_->registry);
  Counter handle;
  handle.impl_ = &family.Add(to_map(labels));
  return handle;
}

Gauge Registry::gauge(std::string_view name, std::string_view help, Labels labels) {
  const std::lock_guard lock(impl_->mutex);
  if (impl_->off) return {};
  auto& family = prometheus::BuildGauge()
                     .Name(std::string(name))
                     .Help(std::string(help))
                     .Register(impl_->registry);
  Gauge handle;
  handle.impl_ = &family.Add(to_map(labels));
  return handle;
}

Histogram Registry::histogram(std::string_view name, std::string_view help, Labels labels,
                              std::vector<double> buckets) {
  const std::lock_guard lock(impl_->mutex);
  if (impl_->off) return {};
  auto& family = prometheus::BuildHistogram()
                     .Name(std::string(name))
                     .Help(std::string(help))
                     .Register(impl_->registry);
  Histogram handle;
  handle.impl_ = &family.Add(to_map(labels), buckets.empty() ? default_buckets() : buckets);
  return handle;
}

void Registry::turn_off() {
  const std::lock_guard lock(impl_->mutex);
  impl_->off = true;
}

void Registry::on_scrape(std::function<void()> refresh) {
  const std::lock_guard lock(impl_->mutex);
  if (!impl_->off) impl_->refreshers.push_back(std::move(refresh));
}

void Registry::refresh() {
  std::vector<std::function<void()>> refreshers;
  {
    const std::lock_guard lock(impl_->mutex);
    refreshers = impl_->refreshers;
  }
  // What they remember of the last scrape is theirs alone.
  const std::lock_guard lock(impl_->refreshing);
  for (const auto& one : refreshers) one();
}

std::vector<Sample> Registry::samples() {
  refresh();
  std::vector<Sample> samples;
  for (const auto& family : impl_->registry.Collect()) {
    for (const auto& metric : family.metric) samples.push_back(sample_of(family, metric));
  }
  return samples;
}

std::string Registry::scrape() {
  refresh();
  return prometheus::TextSerializer().Serialize(impl_->registry.Collect());
}

Registry& registry() {
  static auto* const instance = new Registry;  // never destroyed: threads may count until the end
  return *instance;
}

}  // namespace mercato::metrics
