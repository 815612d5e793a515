#pragma once

#include <string>
#include <string_view>

namespace mercato::json {

/// Appends `utf8` as a JSON string with its quotes (RFC 8259 section 7), byte for byte as dump()
/// writes it. For answers that are written straight to text because they are asked for all the
/// time; `utf8` must be valid.
void append_text(std::string& out, std::string_view utf8);

}  // namespace mercato::json
