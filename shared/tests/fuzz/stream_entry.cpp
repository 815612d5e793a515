// An entry of an event stream, and the trace context that comes with requests.

#include "input.hpp"
#include "mercato/events/cloud_event.hpp"
#include "mercato/tracing/trace.hpp"

using namespace mercato;
using fuzz::promise;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  if (const auto event = events::parse_cloud_event(text)) {
    promise(event->version > 0 && event->sequence > 0 && !event->type.empty());
  }
  if (const auto trace = tracing::TraceContext::continue_from(text)) {
    promise(trace->trace_id.size() == 32);
  }
  return 0;
}
