#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mercato::tracing {

/// Where we are in a distributed trace (W3C Trace Context, level 1). A value: copy freely.
struct TraceContext {
  std::string trace_id;  // 32 lower-case hex digits
  std::string span_id;   // 16 lower-case hex digits: our own span
  bool sampled = false;

  /// A trace that begins here.
  [[nodiscard]] static TraceContext start();
  /// Continues the caller's trace with a new span; nothing if the header is malformed.
  [[nodiscard]] static std::optional<TraceContext> continue_from(std::string_view traceparent);
  /// A new span of the same trace.
  [[nodiscard]] TraceContext child() const;
  /// A new span of a trace that began elsewhere, of which nothing but its id was kept; as start()
  /// if that is none. Whether it is recorded is told by the id alone.
  [[nodiscard]] static TraceContext resume(std::string_view trace_id);
  /// The header to send on: "00-<trace_id>-<span_id>-01".
  [[nodiscard]] std::string traceparent() const;
};

/// The context of the request that this thread is working for, or an empty one. Clients send it on.
[[nodiscard]] const TraceContext& current();

/// Sets current() while it lives (and the log's ids with it).
class Scope {
 public:
  Scope(const TraceContext& context, std::string_view request_id);
  ~Scope();
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;

 private:
  struct State;
  State* state_;
};

[[nodiscard]] std::string_view current_request_id();

}  // namespace mercato::tracing
