#pragma once

#include <string_view>

#include <mercato/http/message.hpp>

namespace order::api {

/// Whether the client's copy, as named by If-None-Match (RFC 9110 section 13.1.2), is the current
/// one. Compared weakly: a proxy may have marked the tag as weak.
[[nodiscard]] bool matches_etag(const mercato::http::Request& request, std::string_view etag);

}  // namespace order::api
