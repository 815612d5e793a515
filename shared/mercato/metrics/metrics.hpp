#pragma once

#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mercato::metrics {

using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

// Handles are cheap to copy, live as long as the process, and may be used from any thread.
class Counter {
 public:
  void add(double amount = 1) const;

 private:
  friend class Registry;
  void* impl_ = nullptr;
};

class Gauge {
 public:
  void set(double value) const;
  void add(double amount) const;

 private:
  friend class Registry;
  void* impl_ = nullptr;
};

class Histogram {
 public:
  void observe(double value) const;

 private:
  friend class Registry;
  void* impl_ = nullptr;
};

/// One metric as it stands.
struct Sample {
  enum class Kind { counter, gauge, histogram };

  std::string name;
  Kind kind = Kind::counter;
  std::vector<std::pair<std::string, std::string>> labels;
  double value = 0;            // of a counter or a gauge; of a histogram, the sum of what it saw
  double count = 0;            // of a histogram: how often it saw something
  std::vector<double> bounds;  // of its buckets, the last one infinite
  std::vector<double> below;   // for each bound, how often what it saw was not above it
};

/// The process's metrics (OpenTelemetry names in Prometheus form: snake_case with unit suffix).
/// Asking for a name and labels again returns the same metric. Label values must be of a bounded
/// set: a route template, never a path.
class Registry {
 public:
  Registry();
  ~Registry();
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  [[nodiscard]] Counter counter(std::string_view name, std::string_view help, Labels labels = {});
  [[nodiscard]] Gauge gauge(std::string_view name, std::string_view help, Labels labels = {});
  /// `buckets` are upper bounds, in the unit of the name; empty means 1 ms … 10 s in seconds.
  [[nodiscard]] Histogram histogram(std::string_view name, std::string_view help,
                                    Labels labels = {}, std::vector<double> buckets = {});
  /// From now on whoever asks for a metric gets one that counts nothing: before anybody did.
  void turn_off();
  /// Called at each scrape, to set gauges that are cheaper to compute than to keep. One scrape
  /// waits for the other, so that it may remember something; it must not scrape.
  void on_scrape(std::function<void()> refresh);

  /// All of them, in no particular order.
  [[nodiscard]] std::vector<Sample> samples();
  /// Prometheus text exposition format 0.0.4.
  [[nodiscard]] std::string scrape();

 private:
  struct Impl;
  void refresh();

  std::unique_ptr<Impl> impl_;
};

/// The one registry of the process.
[[nodiscard]] Registry& registry();

}  // namespace mercato::metrics
