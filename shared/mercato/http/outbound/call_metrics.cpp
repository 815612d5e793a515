#include "mercato/http/outbound/call_metrics.hpp"

namespace mercato::http::outbound {
namespace {

metrics::Histogram durations(std::string_view peer, std::string_view outcome) {
  return metrics::registry().histogram(
      "http_client_request_duration_seconds",
      "Duration of calls to a neighbour, all tries together, by how they ended.",
      {{"peer", peer}, {"outcome", outcome}});
}

}  // namespace

CallMetrics::CallMetrics(std::string_view peer)
    : succeeded_(durations(peer, "succeeded")),
      refused_(durations(peer, "refused")),
      failed_(durations(peer, "failed")),
      not_sent_(durations(peer, "not_sent")),
      unknown_(durations(peer, "unknown")),
      retries_(metrics::registry().counter(
          "http_client_retries_total", "Tries after the first one of a call.", {{"peer", peer}})) {}

void CallMetrics::record(const Outcome& outcome, std::chrono::steady_clock::duration took) const {
  const auto seconds = std::chrono::duration<double>(took).count();
  if (const auto* answered = std::get_if<Answered>(&outcome)) {
    const int status = answered->response.status;
    (status < 400 ? succeeded_ : status < 500 ? refused_ : failed_).observe(seconds);
  } else {
    (std::holds_alternative<NotSent>(outcome) ? not_sent_ : unknown_).observe(seconds);
  }
}

}  // namespace mercato::http::outbound
