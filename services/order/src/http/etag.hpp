#pragma once

#include <string_view>

#include <mercato/http/message.hpp>

namespace order::api {

/// Whether the client's copy, as named by If-None-Match (RFC 9110 section 13.1.2), is the current
/// one. Compared weakly: a proxy may have marked the tag as weak.
[[nodiscard]] bool matches_etag(const mercato::http::Request& request, std::string_view etag);

/// A whole 200 with the tag of its bytes, or 304 if the client has them.
[[nodiscard]] mercato::http::Response with_etag(const mercato::http::Request& request,
                                                mercato::http::Response response);

}  // namespace order::api
