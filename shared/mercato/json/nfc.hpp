#pragma once

#include <string>
#include <string_view>

namespace mercato::json {

/// `utf8`, which is valid, in Unicode normalisation form C (UAX 15), so that what looks the same
/// is the same. A few characters become longer by it.
[[nodiscard]] std::string to_nfc(std::string_view utf8);
/// `utf8`, which is valid, in normalisation form KD without its marks: "Crème Ⅳ" → "Creme IV".
[[nodiscard]] std::string without_marks(std::string_view utf8);

}  // namespace mercato::json
