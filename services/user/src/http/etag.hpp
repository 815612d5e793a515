#pragma once

#include <string>
#include <string_view>

#include <mercato/http/message.hpp>

namespace user::api {

/// `response` with the strong ETag `"tag"`; 304 without a body if the client named it in
/// If-None-Match (RFC 9110 section 13.1.2). Compared weakly: a proxy may have marked the tag.
[[nodiscard]] mercato::http::Response with_etag(mercato::http::Response response,
                                                std::string_view tag,
                                                const mercato::http::Request& request);

/// A tag for what has no version: another body has another one.
[[nodiscard]] std::string tag_of(const mercato::http::Response& response);

}  // namespace user::api
