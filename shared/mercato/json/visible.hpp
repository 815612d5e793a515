#pragma once

#include <string_view>

namespace mercato::json {

// A character cannot be seen if it is white space, is to be ignored where it is not supported
// (White_Space and Default_Ignorable_Code_Point of the Unicode Character Database, PropList.txt and
// DerivedCoreProperties.txt), or is the blank of Braille, U+2800. `utf8` is valid.

/// Whether there is anything in it that can be seen.
[[nodiscard]] bool has_visible(std::string_view utf8);
/// Whether there is anything in it that cannot: it may look like another text.
[[nodiscard]] bool has_invisible(std::string_view utf8);

}  // namespace mercato::json
