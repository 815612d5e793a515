#include "mercato/http/inbound/pipeline.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "mercato/failpoint/failpoint.hpp"
#include "mercato/http/deprecation.hpp"
#include "mercato/http/inbound/listener.hpp"
#include "mercato/http/inbound/response_writer.hpp"
#include "mercato/http/inbound/target.hpp"
#include "mercato/http/problem.hpp"
#include "mercato/http/syntax.hpp"
#include "mercato/log/log.hpp"
#include "mercato/tracing/span.hpp"

namespace mercato::http::inbound {
namespace {

constexpr std::size_t kMaxRequestIdBytes = 64;
constexpr std::chrono::milliseconds kDefaultDeadline{10'000};
constexpr std::uint64_t kDefaultBodyLimit = 1024 * 1024;
constexpr int kClientWentAway = 499;  // as Nginx logs it; never sent

bool is_request_id(std::string_view text) {
  return !text.empty() && text.size() <= kMaxRequestIdBytes &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return syntax::is_alphanumeric(c) || c == '.' || c == '_' || c == '-';
         });
}

std::optional<Method> method_of(std::string_view text) {
  if (text == "HEAD") return Method::get;
  for (const Method method : {Method::get, Method::post, Method::put, Method::patch, Method::del}) {
    if (text == name(method)) return method;
  }
  return std::nullopt;
}

/// The client's address: the socket's, unless that is a gateway of ours, which then says whom it
/// speaks for in the last element; earlier elements are the client's own claims.
std::string remote_address(const Head& head, const sockaddr_in6& peer,
                           const std::vector<net::Network>& gateways) {
  const auto is_there = [&](const auto& network) { return network.contains(peer.sin6_addr); };
  if (is_internal(peer) || std::any_of(gateways.begin(), gateways.end(), is_there)) {
    const auto forwarded = head.value_of("X-Forwarded-For");
    const auto comma = forwarded.rfind(',');
    std::string last(
        syntax::trim(comma == std::string_view::npos ? forwarded : forwarded.substr(comma + 1)));
    if (is_address(last)) return last;
  }
  return to_text(peer);
}

/// How long the caller still waits, if it says so and that is shorter.
std::chrono::milliseconds allowed_time(const Headers& headers, std::chrono::milliseconds most) {
  const auto text = headers.get("X-Request-Deadline-Ms");
  if (!text) return most;
  std::int64_t milliseconds = 0;
  const auto [end, error] =
      std::from_chars(text->data(), text->data() + text->size(), milliseconds);
  if (error != std::errc() || end != text->data() + text->size()) return most;
  return std::clamp(std::chrono::milliseconds(milliseconds), std::chrono::milliseconds(0), most);
}

/// "application/json; charset=utf-8" → the type, and whether its parameters can be accepted.
bool is_media_type(std::string_view value, std::string_view type) {
  const auto semicolon = value.find(';');
  if (!syntax::equal_ignoring_case(syntax::trim(value.substr(0, semicolon)), type)) return false;
  if (semicolon == std::string_view::npos) return true;
  const auto parameter = syntax::trim(value.substr(semicolon + 1));
  return parameter.empty() || syntax::equal_ignoring_case(parameter, "charset=utf-8") ||
         syntax::equal_ignoring_case(parameter, "charset=\"utf-8\"");
}

void check_media_type(const Exchange& exchange) {
  const auto& options = *exchange.match.options;
  const auto method = exchange.request.method;
  const bool has_meaning =
      method == Method::post || method == Method::put || method == Method::patch;
  if (!has_meaning || exchange.content_length == 0 || options.any_content_type) return;
  const auto value = exchange.request.header("Content-Type").value_or("");
  const std::string wanted =
      options.content_type.empty() ? "application/json" : options.content_type;
  const bool accepted =
      is_media_type(value, wanted) ||
      (method == Method::patch && is_media_type(value, "application/merge-patch+json"));
  if (!accepted) {
    throw Error(ErrorKind::unsupported_media_type, "unsupported_media_type",
                "Send " + wanted + ".");
  }
}

void check_route(const Exchange& exchange) {
  if (exchange.match.options) return;
  if (exchange.match.allow.empty()) throw not_found();
  throw Error(ErrorKind::method_not_allowed, "method_not_allowed",
              "This resource allows " + exchange.match.allow + ".");
}

/// The span of whoever called us, from a header that continue_from() took; else nothing.
std::string_view parent_span(const Request& request) {
  constexpr std::size_t kTraceIdAt = 3;
  constexpr std::size_t kParentAt = 36;
  constexpr std::size_t kParentDigits = 16;
  const auto header = request.headers.get("traceparent").value_or("");
  const auto& trace_id = request.trace.trace_id;
  const bool continued =
      header.size() > kParentAt && header.substr(kTraceIdAt, trace_id.size()) == trace_id;
  return continued ? header.substr(kParentAt, kParentDigits) : std::string_view();
}

/// Probes and scrapes come every few seconds, and say nothing when they succeed.
bool is_operations(std::string_view route) {
  return route == "/livez" || route == "/readyz" || route == "/metrics" || route == "/openapi.yaml";
}

tracing::Span span_of(const Exchange& exchange, int status, std::chrono::nanoseconds took) {
  const auto& request = exchange.request;
  tracing::Span span;
  span.name = exchange.method + " " + (request.route.empty() ? "none" : request.route);
  span.trace_id = request.trace.trace_id;
  span.span_id = request.trace.span_id;
  span.parent_id = std::string(parent_span(request));
  span.end = std::chrono::system_clock::now();
  span.start = span.end - std::chrono::duration_cast<std::chrono::system_clock::duration>(took);
  span.attributes = {{"http.request.method", exchange.method},
                     {"http.route", request.route},
                     {"http.response.status_code", std::to_string(status)},
                     {"request.id", request.request_id}};
  span.failed = status >= 500;
  return span;
}

log::Level level_of(const Request& request, int status) {
  if (is_operations(request.route)) return log::Level::debug;
  return status >= 500 ? log::Level::warn : log::Level::info;
}

/// The path for the log. A parameter called "token" is a secret: the template stands for it then.
/// What no route took may be the same address, with another method or misspelt: it is not shown.
std::string_view logged_path(const Request& request) {
  if (request.route.empty()) return {};
  const bool secret =
      std::any_of(request.path_parameters.begin(), request.path_parameters.end(),
                  [](const auto& parameter) { return parameter.first == "token"; });
  return secret ? std::string_view(request.route) : std::string_view(request.path);
}

void report_unsendable(const Exchange& exchange) {
  log::error("an answer had a header that cannot be sent", {{"route", exchange.request.route}});
}

}  // namespace

Pipeline::Pipeline(const Router& router, const ServerOptions& options)
    : router_(router), options_(options), metrics_(router) {}

void Pipeline::identify(Exchange& exchange, const Head& head, const sockaddr_in6& peer) const {
  auto& request = exchange.request;
  const auto id = head.value_of("X-Request-Id");
  request.request_id = is_request_id(id) ? std::string(id) : Uuid::v7().str();
  const auto trace = tracing::TraceContext::continue_from(head.value_of("traceparent"));
  request.trace = trace ? *trace : tracing::TraceContext::start();
  request.remote_address = remote_address(head, peer, options_.gateways);
  request.target = std::string(head.target);
  exchange.method = head.method;
  exchange.framing = {head.keep_alive, head.http_1_0, head.method == "HEAD"};
}

std::optional<Error> Pipeline::resolve(Exchange& exchange, const Head& head) const {
  auto& request = exchange.request;
  exchange.content_length = head.content_length;
  exchange.expects_continue = head.expects_continue;
  const auto split = split_target(head.target);
  if (!split) return malformed_target();
  if (auto error = decode_path(split->path, request.path)) return error;
  request.target = std::string(split->path);
  if (!split->query.empty()) request.target.append("?").append(split->query);

  exchange.match = router_.match(exchange.method, split->path);
  request.route = std::string(exchange.match.route);
  request.path_parameters = std::move(exchange.match.parameters);
  const auto* options = exchange.match.options;
  exchange.body_limit = options ? options->max_body_bytes : kDefaultBodyLimit;
  exchange.streams_body = options && options->stream_body;

  if (const auto method = method_of(exchange.method)) {
    request.method = *method;
    auto message = reader_.read(head);
    if (!message) return Error(ErrorKind::bad_request, "bad_request", "The request is malformed.");
    request.headers = std::move(message->headers);
  }
  const auto most = options ? options->deadline : kDefaultDeadline;
  request.deadline = Deadline(exchange.request.arrived + allowed_time(request.headers, most));
  auto query = parse_query(split->query);
  request.query_parameters = std::move(query.parameters);
  request.malformed_parameters = std::move(query.malformed);
  if (exchange.content_length > exchange.body_limit) {
    return Error(ErrorKind::payload_too_large, "payload_too_large",
                 "The body may have " + std::to_string(exchange.body_limit) + " bytes.");
  }
  return std::nullopt;
}

void Pipeline::check(Exchange& exchange) const {
  auto& request = exchange.request;
  check_route(exchange);
  const Access access = exchange.match.options->access;
  if (access != Access::anonymous) {
    request.caller = options_.authenticate(request, access);
    if (options_.admit && request.caller.kind == Caller::Kind::subject) {
      options_.admit(request.caller);
    }
  }
  check_media_type(exchange);
  exchange.admitted = true;
}

Answer Pipeline::handle(Exchange& exchange) const {
  auto& request = exchange.request;
  if (!exchange.admitted) check(exchange);
  if (request.deadline.expired()) throw unavailable("The request waited too long to be begun.");
  MERCATO_FAILPOINT("request", std::string(name(request.method)) + ' ' + request.route, "before");
  auto answer = (*exchange.match.handler)(request);
  MERCATO_FAILPOINT("request", std::string(name(request.method)) + ' ' + request.route, "after");
  return answer;
}

std::optional<Answer> Pipeline::admit(Exchange& exchange) const noexcept {
  return answer_errors(exchange, [&]() -> std::optional<Answer> {
    check(exchange);
    return std::nullopt;
  });
}

Answer Pipeline::run(Exchange& exchange) const noexcept {
  return answer_errors(exchange, [&] { return handle(exchange); });
}

/// What `step` returns, or the answer for what it throws.
template <class Step>
std::invoke_result_t<Step> Pipeline::answer_errors(Exchange& exchange, Step&& step) const noexcept {
  const tracing::Scope scope(exchange.request.trace, exchange.request.request_id);
  try {
    return step();
  } catch (...) {
    auto response = problem_of_caught(exchange.request);
    if (response.status == status_of(ErrorKind::method_not_allowed)) {
      response.headers.set("Allow", exchange.match.allow);
    }
    return response;
  }
}

void Pipeline::finish(const Exchange& exchange, Response& response) const {
  if (!is_sendable(response.content_type, response.headers)) {
    report_unsendable(exchange);
    response = problem(Error(ErrorKind::internal, "internal"), exchange.request);
  }
  response.headers.set("X-Request-Id", exchange.request.request_id);
  add_deprecation(exchange.request.path, response.headers);
  record(exchange, response.status, response.body.size(), response.shed);
}

void Pipeline::finish(const Exchange& exchange, Stream& stream) const {
  if (!is_sendable(stream.content_type, stream.headers)) {
    report_unsendable(exchange);
    stream.headers = {};
    stream.content_type = "application/octet-stream";
  }
  stream.headers.set("X-Request-Id", exchange.request.request_id);
  add_deprecation(exchange.request.path, stream.headers);
  record(exchange, 200, 0, false);
}

void Pipeline::abandoned(const Exchange& exchange) const {
  record(exchange, kClientWentAway, 0, false);
}

void Pipeline::record(const Exchange& exchange, int status, std::size_t bytes, bool shed) const {
  const auto took = std::chrono::steady_clock::now() - exchange.request.arrived;
  metrics_.answered(exchange.match, status, took);
  if (shed) metrics_.shed();
  if (tracing::recording(exchange.request.trace)) {
    tracing::record(span_of(exchange, status, took));
  }
  const auto level = shed ? log::Level::debug : level_of(exchange.request, status);
  if (!log::enabled(level)) return;
  const auto& request = exchange.request;
  const tracing::Scope scope(request.trace, request.request_id);
  const auto& caller = request.caller;
  const std::initializer_list<log::Field> fields = {
      {"method", exchange.method},
      {"route", request.route},
      {"path", logged_path(request)},
      {"status", status},
      {"ms", std::chrono::duration<double, std::milli>(took).count()},
      {"bytes", bytes},
      {"remote", request.remote_address},
      {"span_id", request.trace.span_id},
      {"parent_id", parent_span(request)},
      {"subject", caller.kind == Caller::Kind::subject ? caller.subject.str() : caller.peer},
  };
  switch (level) {
    case log::Level::debug: return log::debug("request", fields);
    case log::Level::warn: return log::warn("request", fields);
    default: return log::info("request", fields);
  }
}

}  // namespace mercato::http::inbound
