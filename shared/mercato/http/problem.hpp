#pragma once

#include <string>
#include <string_view>

#include "mercato/error/error.hpp"
#include "mercato/http/message.hpp"
#include "mercato/json/json.hpp"

namespace mercato::http {

/// The one mapping from ErrorKind to HTTP status.
[[nodiscard]] int status_of(ErrorKind kind);

/// application/problem+json (RFC 9457): type, title, status, detail, instance, code, trace_id,
/// retryable, and `errors` where fields are given; members of `extensions` (an object) follow.
/// `instance` is the request's path. The answer to Overloaded says that it was shed.
[[nodiscard]] Response problem(const Error& error, const Request& request,
                               const json::Value& extensions = json::Value::object());

/// To be called where an exception is caught: its problem. What is no Error, or one of our own
/// making, is logged, and nothing told of it.
[[nodiscard]] Response problem_of_caught(const Request& request);

/// JSON answer; `status` 200 unless said.
[[nodiscard]] Response json_response(const json::Value& body, int status = 200);
/// 201 with a Location header.
[[nodiscard]] Response created(const json::Value& body, std::string location);
[[nodiscard]] Response no_content();

}  // namespace mercato::http
