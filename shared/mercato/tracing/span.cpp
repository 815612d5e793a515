#include "mercato/tracing/span.hpp"

#include <atomic>
#include <charconv>
#include <exception>

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

Work::Work(Span::Kind kind, std::string_view name, std::string_view object) {
  const auto& above = current();
  if (!recording(above)) return;
  const auto own = above.child();
  begin(kind, name, object, own, above.span_id);
  scope_.emplace(own, current_request_id());
}

Work::Work(Span::Kind kind, std::string_view name, const TraceContext& context) {
  if (recording(context)) begin(kind, name, {}, context, {});
  scope_.emplace(context, current_request_id());
}

void Work::begin(Span::Kind kind, std::string_view name, std::string_view object,
                 const TraceContext& own, std::string_view parent_id) {
  span_ = std::make_unique<Span>();
  span_->kind = kind;
  span_->name = name;
  if (!object.empty()) span_->name.append(1, ' ').append(object);
  span_->trace_id = own.trace_id;
  span_->span_id = own.span_id;
  span_->parent_id = parent_id;
  span_->start = std::chrono::system_clock::now();
  exceptions_ = std::uncaught_exceptions();
}

Work::~Work() {
  if (!span_) return;
  span_->end = std::chrono::system_clock::now();
  if (std::uncaught_exceptions() > exceptions_) span_->failed = true;
  try {
    record(std::move(*span_));
  } catch (...) {
    // A span for which there is no memory must not take the work down with it.
    return;
  }
}

void Work::note(std::string_view key, std::string value) {
  if (span_) span_->attributes.emplace_back(key, std::move(value));
}

void Work::fail() {
  if (span_) span_->failed = true;
}

}  // namespace mercato::tracing
