#pragma once

#include <string>

#include <mercato/http/message.hpp>

#include "domain/edit_product.hpp"

namespace catalog::api {

/// `"<version>-<available>"`: changes with every edit and every sale.
[[nodiscard]] std::string etag_of(const ProductState& state);

/// If-Match (RFC 9110 section 13.1.1), compared on the version part only: a sale never spoils an
/// edit. Error 428 when the header is missing; what is returned throws Error 412.
[[nodiscard]] Precondition if_match(const mercato::http::Request& request);

}  // namespace catalog::api
