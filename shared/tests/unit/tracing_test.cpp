#include <support/catch.hpp>

#include <string>
#include <thread>

#include "mercato/tracing/trace.hpp"

using namespace mercato;
using tracing::TraceContext;

namespace {

const std::string kTraceId = "4bf92f3577b34da6a3ce929d0e0e4736";
const std::string kTraceparent = "00-" + kTraceId + "-00f067aa0ba902b7-01";

}  // namespace

TEST_CASE("a new trace has ids that are not those of the last one", "[tracing]") {
  const auto a = TraceContext::start();
  const auto b = TraceContext::start();
  CHECK(a.trace_id.size() == 32);
  CHECK(a.span_id.size() == 16);
  CHECK(a.trace_id != b.trace_id);
  CHECK(a.traceparent() == "00-" + a.trace_id + "-" + a.span_id + "-01");
}

TEST_CASE("a caller's trace is continued with a span of our own", "[tracing]") {
  const auto context = TraceContext::continue_from(kTraceparent);
  REQUIRE(context);
  CHECK(context->trace_id == kTraceId);
  CHECK(context->span_id != "00f067aa0ba902b7");
  CHECK(context->sampled);
  const auto unsampled = TraceContext::continue_from("00-" + kTraceId + "-00f067aa0ba902b7-00");
  REQUIRE(unsampled);
  CHECK_FALSE(unsampled->sampled);
  CHECK_THAT(unsampled->traceparent(), ContainsSubstring("-00"));
}

TEST_CASE("a later version's header is read for what this version knows", "[tracing]") {
  CHECK(TraceContext::continue_from("cc-" + kTraceId + "-00f067aa0ba902b7-01-what-follows"));
  CHECK_FALSE(TraceContext::continue_from("cc-" + kTraceId + "-00f067aa0ba902b7-01what"));
}

TEST_CASE("a malformed header starts no trace", "[tracing]") {
  for (const std::string& header :
       {std::string(), kTraceparent + "-x", kTraceparent.substr(1), "ff" + kTraceparent.substr(2),
        "00-" + std::string(32, '0') + "-00f067aa0ba902b7-01",
        "00-" + kTraceId + "-" + std::string(16, '0') + "-01",
        "00-" + kTraceId + "_00f067aa0ba902b7-01", "00-" + kTraceId + "-00F067AA0BA902B7-01",
        "00-" + kTraceId + "-00f067aa0ba902b7-0g"}) {
    CAPTURE(header);
    CHECK_FALSE(TraceContext::continue_from(header));
  }
}

TEST_CASE("each thread has the context of the request it works for", "[tracing]") {
  CHECK(tracing::current().trace_id.empty());
  const auto context = TraceContext::start();
  const tracing::Scope scope(context, "r1");
  CHECK(tracing::current().trace_id == context.trace_id);
  CHECK(tracing::current_request_id() == "r1");
  std::string seen_elsewhere = "unset";
  std::thread([&] { seen_elsewhere = tracing::current().trace_id; }).join();
  CHECK(seen_elsewhere.empty());
}
