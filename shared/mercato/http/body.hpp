#pragma once

#include "mercato/http/message.hpp"

namespace mercato::http {

/// For requests that say everything by their path: nothing, or an empty JSON object. Throws Error
/// 400 for what is no JSON and 422 for what is anything else.
void refuse_body(const Request& request);

}  // namespace mercato::http
