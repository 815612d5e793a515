#include "mercato/http/problem.hpp"

#include <algorithm>
#include <exception>
#include <string_view>
#include <utility>

#include "mercato/error/rate_limited.hpp"
#include "mercato/http/syntax.hpp"
#include "mercato/log/log.hpp"
#include "mercato/tracing/trace.hpp"

namespace mercato::http {
namespace {

/// "out_of_stock" reads "Out of stock": one title per code, as RFC 9457 asks for.
std::string title_of(std::string_view code) {
  std::string title(code);
  for (char& c : title) {
    if (c == '_') c = ' ';
  }
  if (!title.empty() && title[0] >= 'a' && title[0] <= 'z') {
    title[0] = static_cast<char>(title[0] - 'a' + 'A');
  }
  return title;
}

/// Whether the very same request may succeed later without anybody changing anything.
bool is_retryable(const Error& error) {
  switch (error.kind()) {
    case ErrorKind::rate_limited:
    case ErrorKind::bad_gateway:
    case ErrorKind::unavailable:
    case ErrorKind::gateway_timeout: return true;
    default: return error.retry_after().has_value();
  }
}

/// The path as the client wrote it, with all that no URI may hold encoded: in the gateway's words.
std::string instance_of(const Request& request) {
  constexpr std::size_t kMaxBytes = 1024;
  const std::string_view written = request.target.empty() ? request.path : request.target;
  std::string instance;
  for (const char c : written.substr(0, std::min(written.find('?'), kMaxBytes))) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > 0x20 && byte < 0x7f) {
      instance.push_back(c);
    } else {
      syntax::append_percent_encoded(instance, c);
    }
  }
  return instance.empty() ? "/" : instance;
}

std::string trace_id_of(const Request& request) {
  if (!request.trace.trace_id.empty()) return request.trace.trace_id;
  return tracing::current().trace_id;
}

void add_headers(Response& response, const Error& error) {
  if (error.kind() == ErrorKind::unauthenticated)
    response.headers.set("WWW-Authenticate", "Bearer");
  auto delay = error.retry_after();
  const bool must_say_when =
      error.kind() == ErrorKind::unavailable || error.kind() == ErrorKind::rate_limited;
  if (!delay && must_say_when) delay = std::chrono::seconds(1);
  if (delay) response.headers.set("Retry-After", std::to_string(delay->count()));
  if (const auto* const limited = dynamic_cast<const RateLimited*>(&error)) {
    response.headers.set("RateLimit-Policy", limited->policy());
  }
}

}  // namespace

int status_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::bad_request: return 400;
    case ErrorKind::unauthenticated: return 401;
    case ErrorKind::payment_required: return 402;
    case ErrorKind::forbidden: return 403;
    case ErrorKind::not_found: return 404;
    case ErrorKind::method_not_allowed: return 405;
    case ErrorKind::conflict: return 409;
    case ErrorKind::precondition_failed: return 412;
    case ErrorKind::payload_too_large: return 413;
    case ErrorKind::uri_too_long: return 414;
    case ErrorKind::unsupported_media_type: return 415;
    case ErrorKind::validation: return 422;
    case ErrorKind::precondition_required: return 428;
    case ErrorKind::rate_limited: return 429;
    case ErrorKind::headers_too_large: return 431;
    case ErrorKind::internal: return 500;
    case ErrorKind::bad_gateway: return 502;
    case ErrorKind::unavailable: return 503;
    case ErrorKind::gateway_timeout: return 504;
  }
  return 500;
}

Response problem(const Error& error, const Request& request, const json::Value& extensions) {
  const std::string title = title_of(error.code());
  json::Value body = {
      {"type", "https://mercato.example/problems/" + error.code()},
      {"title", title},
      {"status", status_of(error.kind())},
      {"detail", error.detail().empty() ? title + "." : error.detail()},
      {"instance", instance_of(request)},
      {"code", error.code()},
      {"trace_id", trace_id_of(request)},
      {"retryable", is_retryable(error)},
  };
  if (!error.fields().empty()) {
    auto& errors = body["errors"] = json::Value::array();
    for (const auto& field : error.fields()) {
      errors.push_back(
          {{"pointer", field.pointer}, {"code", field.code}, {"detail", field.detail}});
    }
  }
  for (const auto& [key, value] : extensions.items()) body[key] = value;

  Response response;
  response.status = status_of(error.kind());
  response.content_type = "application/problem+json";
  response.body = json::dump(body);
  response.shed = dynamic_cast<const Overloaded*>(&error) != nullptr;
  add_headers(response, error);
  return response;
}

Response problem_of_caught(const Request& request) {
  const auto log_failure = [&](const char* what) {
    log::error("request failed", {{"route", request.route}, {"error", what}});
  };
  try {
    throw;
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::internal) log_failure(error.what());
    return problem(error, request);
  } catch (const std::exception& error) {
    log_failure(error.what());
  } catch (...) {
    log_failure("unknown");
  }
  return problem(Error(ErrorKind::internal, "internal"), request);
}

Response json_response(const json::Value& body, int status) {
  Response response;
  response.status = status;
  response.body = json::dump(body);
  return response;
}

Response created(const json::Value& body, std::string location) {
  Response response = json_response(body, 201);
  response.headers.set("Location", std::move(location));
  return response;
}

Response no_content() {
  Response response;
  response.status = 204;
  return response;
}

}  // namespace mercato::http
