#pragma once

#include <string>
#include <string_view>

namespace mercato::json {

/// `utf8`, which is valid, without the white space of Unicode around it.
[[nodiscard]] std::string_view trimmed(std::string_view utf8);

/// The same for all spellings of a text: trimmed, in lower case as Unicode has it for no language
/// in particular, and in NFC.
[[nodiscard]] std::string spelling_key(std::string_view utf8);

}  // namespace mercato::json
