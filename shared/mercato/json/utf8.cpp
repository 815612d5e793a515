#include "mercato/json/utf8.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace mercato::json {
namespace {

constexpr bool is_continuation(unsigned char byte) {
  return (byte & 0xc0U) == 0x80U;
}

/// Where the ASCII that begins at `at` ends, or up to seven bytes before: eight are looked at at
/// once.
std::size_t skip_ascii(std::string_view bytes, std::size_t at) {
  constexpr std::uint64_t kHighBits = 0x8080808080808080U;
  std::uint64_t eight = 0;
  for (; bytes.size() - at >= sizeof(eight); at += sizeof(eight)) {
    std::memcpy(&eight, bytes.data() + at, sizeof(eight));
    if ((eight & kHighBits) != 0) break;
  }
  return at;
}

}  // namespace

CodePoint decode_at(std::string_view text, std::size_t at) {
  if (at >= text.size()) return {};
  const auto first = static_cast<unsigned char>(text[at]);
  if (first < 0x80) return {first, 1};

  std::size_t size = 0;
  char32_t value = 0;
  char32_t smallest = 0;
  if ((first & 0xe0U) == 0xc0U) {
    size = 2, value = first & 0x1fU, smallest = 0x80;
  } else if ((first & 0xf0U) == 0xe0U) {
    size = 3, value = first & 0x0fU, smallest = 0x800;
  } else if ((first & 0xf8U) == 0xf0U) {
    size = 4, value = first & 0x07U, smallest = 0x10000;
  } else {
    return {};
  }
  if (text.size() - at < size) return {};
  for (std::size_t i = 1; i < size; ++i) {
    const auto byte = static_cast<unsigned char>(text[at + i]);
    if (!is_continuation(byte)) return {};
    value = (value << 6) | (byte & 0x3fU);
  }
  const bool surrogate = value >= 0xd800 && value <= 0xdfff;
  if (value < smallest || value > 0x10ffff || surrogate) return {};
  return {value, size};
}

bool is_valid_utf8(std::string_view bytes) {
  std::size_t at = skip_ascii(bytes, 0);
  while (at < bytes.size()) {
    const auto size = decode_at(bytes, at).size;
    if (size == 0) return false;
    at = skip_ascii(bytes, at + size);
  }
  return true;
}

std::size_t length(std::string_view utf8) {
  return static_cast<std::size_t>(std::count_if(utf8.begin(), utf8.end(), [](char c) {
    return !is_continuation(static_cast<unsigned char>(c));
  }));
}

}  // namespace mercato::json
