#pragma once

#include <chrono>
#include <string_view>

#include "mercato/http/client.hpp"
#include "mercato/metrics/metrics.hpp"

namespace mercato::http::outbound {

/// What a client counts: the duration of calls by outcome, and retries. From any thread.
class CallMetrics {
 public:
  explicit CallMetrics(std::string_view peer);
  void record(const Outcome& outcome, std::chrono::steady_clock::duration took) const;
  void retried() const { retries_.add(); }

 private:
  metrics::Histogram succeeded_;  // below 400
  metrics::Histogram refused_;    // 4xx
  metrics::Histogram failed_;     // 5xx
  metrics::Histogram not_sent_;
  metrics::Histogram unknown_;
  metrics::Counter retries_;
};

}  // namespace mercato::http::outbound
