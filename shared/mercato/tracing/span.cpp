#include "mercato/tracing/span.hpp"

#include <atomic>
#include <charconv>

namespace mercato::tracing {
namespace {

// The part of a trace id that is random in every version of the standard: its last 56 bits.
constexpr std::size_t kRandomDigits = 14;
constexpr double kRandomRange = 72'057'594'037'927'936.0;  // 2^56

struct Recorder {
  std::atomic<bool> on{false};
  std::function<void(Span)> sink;
  Sampling sampling;
};

Recorder& recorder() {
  static auto* const instance = new Recorder;  // never destroyed: threads record until the end
  return *instance;
}

bool chosen(const std::string& trace_id, double ratio) {
  if (ratio >= 1.0) return true;
  if (trace_id.size() < kRandomDigits) return false;
  const char* const end = trace_id.data() + trace_id.size();
  std::uint64_t random = 0;
  std::from_chars(end - kRandomDigits, end, random, 16);
  return static_cast<double>(random) < ratio * kRandomRange;
}

}  // namespace

void set_span_sink(std::function<void(Span)> sink, Sampling sampling) {
  auto& state = recorder();
  state.on = false;
  state.sink = std::move(sink);
  state.sampling = sampling;
  state.on = static_cast<bool>(state.sink);
}

bool recording(const TraceContext& context) {
  const auto& state = recorder();
  if (!state.on || context.trace_id.empty()) return false;
  if (state.sampling.parent_decides && !context.sampled) return false;
  return chosen(context.trace_id, state.sampling.ratio);
}

void record(Span span) {
  const auto& state = recorder();
  if (state.on) state.sink(std::move(span));
}

std::string new_span_id() {
  return TraceContext::start().span_id;
}

}  // namespace mercato::tracing
