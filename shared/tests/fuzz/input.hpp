#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace mercato::fuzz {

/// What libFuzzer made up, as text.
inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// Ends the run with the input that broke a promise.
inline void promise(bool kept) {
  if (!kept) std::abort();
}

}  // namespace mercato::fuzz
