#include "mercato/json/spelling.hpp"

#include <unicase.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>

#include "mercato/json/utf8.hpp"

namespace mercato::json {
namespace {

bool is_space(char32_t c) {
  return c == ' ' || (c >= '\t' && c <= '\r') || c == 0x85 || c == 0xa0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f ||
         c == 0x3000;
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  std::size_t begin = text.size();
  std::size_t end = 0;
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint c = decode_at(text, at);
    const std::size_t next = at + std::max<std::size_t>(c.size, 1);
    if (!is_space(c.value)) {
      begin = std::min(begin, at);
      end = next;
    }
    at = next;
  }
  return begin < end ? text.substr(begin, end - begin) : std::string_view();
}

std::string spelling_key(std::string_view utf8) {
  const auto text = trimmed(utf8);
  if (text.empty()) return {};
  std::size_t size = 0;
  const std::unique_ptr<std::uint8_t, void (*)(void*)> lower(
      ::u8_tolower(reinterpret_cast<const std::uint8_t*>(text.data()), text.size(), "", UNINORM_NFC,
                   nullptr, &size),
      std::free);
  if (!lower) throw std::bad_alloc();  // the only failure for valid UTF-8
  return {reinterpret_cast<const char*>(lower.get()), size};
}

}  // namespace mercato::json
