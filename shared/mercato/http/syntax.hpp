#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace mercato::http::syntax {

/// The character classes of RFC 9110 section 5.6, for everything that reads or writes a header.
[[nodiscard]] constexpr bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

[[nodiscard]] constexpr bool is_token_character(char c) {
  return is_alphanumeric(c) ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

/// Visible ASCII, space, tab, and the bytes above ASCII; never a control character.
[[nodiscard]] constexpr bool is_field_character(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
}

/// Appends the byte as "%XX" (RFC 3986 section 2.1).
inline void append_percent_encoded(std::string& text, char c) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  const auto byte = static_cast<unsigned char>(c);
  text.append({'%', kDigits[byte >> 4U], kDigits[byte & 0xfU]});
}

[[nodiscard]] constexpr bool is_token(std::string_view text) {
  if (text.empty()) return false;
  for (const char c : text) {
    if (!is_token_character(c)) return false;
  }
  return true;
}

/// Whether one of eight bytes is a control character, tabs among them (after "Determine if a word
/// has a byte less than n" and "... equal to n" of Sean Anderson's Bit Twiddling Hacks).
[[nodiscard]] constexpr bool holds_control(std::uint64_t eight) {
  constexpr std::uint64_t kEach = 0x0101010101010101U;
  constexpr std::uint64_t kHighBits = kEach * 0x80U;
  const std::uint64_t no_delete = eight ^ (kEach * 0x7fU);
  return (((eight - kEach * 0x20U) & ~eight) | ((no_delete - kEach) & ~no_delete)) & kHighBits;
}

/// All of it field characters. A token has hundreds of bytes, so eight are looked at at once.
[[nodiscard]] inline bool is_field_value(std::string_view text) {
  std::uint64_t eight = 0;
  for (; text.size() >= sizeof(eight); text.remove_prefix(sizeof(eight))) {
    std::memcpy(&eight, text.data(), sizeof(eight));
    if (holds_control(eight)) break;
  }
  return std::all_of(text.begin(), text.end(), is_field_character);
}

[[nodiscard]] constexpr char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

[[nodiscard]] constexpr bool equal_ignoring_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (to_lower(a[i]) != to_lower(b[i])) return false;
  }
  return true;
}

/// Without the spaces and tabs around it (OWS).
[[nodiscard]] constexpr std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

}  // namespace mercato::http::syntax
