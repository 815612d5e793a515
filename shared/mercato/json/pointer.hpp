#pragma once

#include <string>
#include <string_view>

namespace mercato::json {

/// A member's name as a token of a JSON pointer (RFC 6901 section 3): "~" is "~0", "/" is "~1".
[[nodiscard]] std::string escape_pointer(std::string_view member);

}  // namespace mercato::json
