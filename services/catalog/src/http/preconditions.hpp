#pragma once

#include <string>
#include <string_view>

#include <mercato/http/message.hpp>

#include "domain/edit_product.hpp"

namespace catalog::api {

/// `"<version>-<available>"`: changes with every edit and every sale.
[[nodiscard]] std::string etag_of(const ProductState& state);

/// Whether the client's copy, as named by If-None-Match, is the one of `etag` (RFC 9110 section
/// 13.1.2). Compared weakly: a proxy may have marked the tag as weak.
[[nodiscard]] bool is_unchanged(const mercato::http::Request& request, std::string_view etag);

/// If-Match (RFC 9110 section 13.1.1), compared on the version part only: a sale never spoils an
/// edit. Error 428 when the header is missing; what is returned throws Error 412.
[[nodiscard]] Precondition if_match(const mercato::http::Request& request);

}  // namespace catalog::api
