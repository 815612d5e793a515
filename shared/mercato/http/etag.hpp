#pragma once

#include <string>
#include <string_view>

#include "mercato/http/message.hpp"

namespace mercato::http {

/// Whether If-None-Match names `etag`, which comes with its quotes (RFC 9110 section 13.1.2).
/// Compared weakly: a proxy may have marked the tag.
[[nodiscard]] bool is_known(const Request& request, std::string_view etag);

/// `response` with this strong ETag; 304 without a body if the client of a GET holds it already.
[[nodiscard]] Response with_etag(const Request& request, Response response, std::string etag);

/// The same for what has no version: another body has another tag.
[[nodiscard]] Response with_etag(const Request& request, Response response);

}  // namespace mercato::http
