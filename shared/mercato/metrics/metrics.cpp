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
  prometheus::Registry registry;
  std::vector<std::function<void()>> refreshers;
};

Registry::Registry() : impl_(std::make_unique<Impl>()) {}
Registry::~Registry() = default;

Counter Registry::counter(std::string_view name, std::string_view help, Labels labels) {
  const std::lock_guard lock(impl_->mutex);
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
  auto& family = prometheus::BuildHistogram()
                     .Name(std::string(name))
                     .Help(std::string(help))
                     .Register(impl_->registry);
  Histogram handle;
  handle.impl_ = &family.Add(to_map(labels), buckets.empty() ? default_buckets() : buckets);
  return handle;
}

void Registry::on_scrape(std::function<void()> refresh) {
  const std::lock_guard lock(impl_->mutex);
  impl_->refreshers.push_back(std::move(refresh));
}

std::string Registry::scrape() {
  std::vector<std::function<void()>> refreshers;
  {
    const std::lock_guard lock(impl_->mutex);
    refreshers = impl_->refreshers;
  }
  for (const auto& refresh : refreshers) refresh();
  return prometheus::TextSerializer().Serialize(impl_->registry.Collect());
}

Registry& registry() {
  static auto* const instance = new Registry;  // never destroyed: threads may count until the end
  return *instance;
}

}  // namespace mercato::metrics
