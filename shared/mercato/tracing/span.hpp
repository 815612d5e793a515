#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "mercato/tracing/trace.hpp"

namespace mercato::tracing {

/// A piece of work that has ended. The numbers are those of OTLP.
struct Span {
  enum class Kind { server = 2, client = 3, consumer = 5 };
  Kind kind = Kind::server;
  std::string name;
  std::string trace_id;
  std::string span_id;
  std::string parent_id;  // empty: the trace begins here, or its caller did not say
  std::chrono::system_clock::time_point start;
  std::chrono::system_clock::time_point end;
  std::vector<std::pair<std::string, std::string>> attributes;
  bool failed = false;
};

/// Which traces are recorded (OTEL_TRACES_SAMPLER): a share of them, told by the trace's id so that
/// all processes choose the same; and, if `parent_decides`, only what the caller recorded.
struct Sampling {
  double ratio = 1.0;
  bool parent_decides = true;
};

/// Somebody who takes spans, from any thread, without blocking. An empty function: nobody. Nothing
/// is recorded before; to be called while no other thread records.
void set_span_sink(std::function<void(Span)> sink, Sampling sampling);

/// Whether a span of this trace would be taken: ask before making one.
[[nodiscard]] bool recording(const TraceContext& context);
void record(Span span);

/// The id of a span that is nobody's context.
[[nodiscard]] std::string new_span_id();

}  // namespace mercato::tracing
