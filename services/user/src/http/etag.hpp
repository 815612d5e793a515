#pragma once

#include <cstdint>

#include <mercato/http/message.hpp>

namespace user::api {

/// `response` with the strong ETag of that version; 304 without a body if the client named it in
/// If-None-Match (RFC 9110 section 13.1.2). Compared weakly: a proxy may have marked the tag.
[[nodiscard]] mercato::http::Response with_etag(mercato::http::Response response,
                                                std::int64_t version,
                                                const mercato::http::Request& request);

}  // namespace user::api
