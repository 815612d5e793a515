#include "mercato/json/pointer.hpp"

#include <algorithm>

#include "mercato/json/utf8.hpp"

namespace mercato::json {
namespace {

constexpr std::size_t kMaxCharacters = 100;

/// How many bytes the first characters have.
std::size_t size_of_beginning(std::string_view text) {
  std::size_t size = 0;
  for (std::size_t i = 0; i < kMaxCharacters && size < text.size(); ++i) {
    size += std::max<std::size_t>(decode_at(text, size).size, 1);
  }
  return size;
}

}  // namespace

std::string escape_pointer(std::string_view member) {
  const std::size_t size = size_of_beginning(member);
  const bool cut = size < member.size();
  member = member.substr(0, size);
  std::string escaped;
  escaped.reserve(member.size());
  for (const char c : member) {
    if (c == '~') {
      escaped += "~0";
    } else if (c == '/') {
      escaped += "~1";
    } else {
      escaped += c;
    }
  }
  if (cut) escaped += "…";
  return escaped;
}

}  // namespace mercato::json
