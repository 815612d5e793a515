#pragma once

#include <string>
#include <string_view>

namespace mercato::json {

/// A member's name, in valid UTF-8, as a token of a JSON pointer (RFC 6901 section 3): "~" is "~0",
/// "/" is "~1". Of more than 100 characters it is the first 100 and "…": who made up a name of a
/// megabyte is not told all of it.
[[nodiscard]] std::string escape_pointer(std::string_view member);

}  // namespace mercato::json
