#pragma once

#include <string>
#include <string_view>

namespace mercato::crypto {

// The C libraries speak of unsigned bytes where we keep texts.
[[nodiscard]] inline const unsigned char* as_bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
[[nodiscard]] inline unsigned char* as_bytes(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

}  // namespace mercato::crypto
