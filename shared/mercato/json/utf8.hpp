#pragma once

#include <cstddef>
#include <string_view>

namespace mercato::json {

/// One decoded character of a UTF-8 text; `size` 0 means that there is none: the text ends here, or
/// goes on with bytes that are not UTF-8.
struct CodePoint {
  char32_t value = 0;
  std::size_t size = 0;
};

/// Decodes the character at byte `at`. Overlong forms, surrogates and anything above U+10FFFF are
/// refused (RFC 3629 section 4).
[[nodiscard]] CodePoint decode_at(std::string_view text, std::size_t at);

[[nodiscard]] bool is_valid_utf8(std::string_view bytes);
/// Number of code points in valid UTF-8.
[[nodiscard]] std::size_t length(std::string_view utf8);

}  // namespace mercato::json
