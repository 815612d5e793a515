#include "mercato/tracing/trace.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "mercato/id/random.hpp"
#include "mercato/log/log.hpp"

namespace mercato::tracing {
namespace {

constexpr std::size_t kTraceIdDigits = 32;
constexpr std::size_t kSpanIdDigits = 16;

bool is_hex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool is_id(std::string_view text) {
  return is_hex(text) && text.find_first_not_of('0') != std::string_view::npos;
}

/// A random id, never all zero, which the format forbids.
std::string random_id(std::size_t digits) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::array<std::uint8_t, kTraceIdDigits> random{};
  fill_random(std::span(random).first(digits));
  std::string id(digits, '1');
  std::transform(id.begin(), id.end(), random.begin(), id.begin(),
                 [&](char, std::uint8_t byte) { return kHex[byte & 0x0fU]; });
  return is_id(id) ? id : std::string(digits, '1');
}

struct Current {
  TraceContext context;
  std::string request_id;
};

Current& thread_current() {
  thread_local Current current;
  return current;
}

}  // namespace

TraceContext TraceContext::start() {
  return {random_id(kTraceIdDigits), random_id(kSpanIdDigits), true};
}

std::optional<TraceContext> TraceContext::continue_from(std::string_view traceparent) {
  // version "-" trace-id "-" parent-id "-" trace-flags; later versions may append more.
  constexpr std::size_t kLength = 2 + 1 + kTraceIdDigits + 1 + kSpanIdDigits + 1 + 2;
  if (traceparent.size() < kLength) return std::nullopt;
  const std::string_view version = traceparent.substr(0, 2);
  const std::string_view trace_id = traceparent.substr(3, kTraceIdDigits);
  const std::string_view parent_id = traceparent.substr(36, kSpanIdDigits);
  const std::string_view flags = traceparent.substr(53, 2);
  const bool dashes = traceparent[2] == '-' && traceparent[35] == '-' && traceparent[52] == '-';
  const bool length_fits = version == "00"
                               ? traceparent.size() == kLength
                               : traceparent.size() == kLength || traceparent[kLength] == '-';
  if (!dashes || !length_fits || !is_hex(version) || version == "ff" || !is_id(trace_id) ||
      !is_id(parent_id) || !is_hex(flags)) {
    return std::nullopt;
  }
  const bool sampled = std::string_view("13579bdf").find(flags[1]) != std::string_view::npos;
  return TraceContext{std::string(trace_id), random_id(kSpanIdDigits), sampled};
}

TraceContext TraceContext::resume(std::string_view trace_id) {
  auto context = start();
  if (trace_id.size() == kTraceIdDigits && is_id(trace_id)) context.trace_id = trace_id;
  return context;
}

TraceContext TraceContext::child() const {
  return {trace_id, random_id(kSpanIdDigits), sampled};
}

std::string TraceContext::traceparent() const {
  return "00-" + trace_id + "-" + span_id + (sampled ? "-01" : "-00");
}

const TraceContext& current() {
  return thread_current().context;
}

std::string_view current_request_id() {
  return thread_current().request_id;
}

struct Scope::State {
  Current previous;
  log::Scope log_ids;
};

Scope::Scope(const TraceContext& context, std::string_view request_id)
    : state_(new State{std::exchange(thread_current(), {context, std::string(request_id)}),
                       log::Scope(context.trace_id, request_id)}) {}

Scope::~Scope() {
  thread_current() = std::move(state_->previous);
  delete state_;
}

}  // namespace mercato::tracing
