#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mercato/tracing/trace.hpp"

namespace mercato::tracing {

/// A piece of work that has ended. The numbers are those of OTLP.
struct Span {
  enum class Kind { internal = 1, server = 2, client = 3, consumer = 5 };
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

/// Work of this thread that becomes a span when it ends. What it calls meanwhile, here or in other
/// processes, hangs below it. A trace that is not recorded costs a look at its id and nothing else.
/// Failed, if an exception leaves it.
class Work {
 public:
  /// Below current(). With an object, the name is both with a blank between.
  Work(Span::Kind kind, std::string_view name, std::string_view object = {});
  /// Below nobody: what is taken up again in a trace whose caller has had its answer. `context` is
  /// current() meanwhile, whether it is recorded or not.
  Work(Span::Kind kind, std::string_view name, const TraceContext& context);
  ~Work();
  Work(const Work&) = delete;
  Work& operator=(const Work&) = delete;

  /// Whether it will be a span: to be asked before making what only an attribute needs.
  [[nodiscard]] bool recorded() const { return span_ != nullptr; }
  void note(std::string_view key, std::string value);
  void fail();

 private:
  void begin(Span::Kind kind, std::string_view name, std::string_view object,
             const TraceContext& own, std::string_view parent_id);

  std::optional<Scope> scope_;
  std::unique_ptr<Span> span_;
  int exceptions_ = 0;
};

}  // namespace mercato::tracing
