#include "mercato/json/visible.hpp"

#include <unictype.h>

#include <algorithm>
#include <cstddef>

#include "mercato/json/utf8.hpp"

namespace mercato::json {
namespace {

constexpr char32_t kBrailleBlank = 0x2800;

bool is_visible(char32_t c) {
  return c != kBrailleBlank && !::uc_is_property_white_space(c) &&
         !::uc_is_property_default_ignorable_code_point(c);
}

bool has_any(std::string_view utf8, bool visible) {
  for (std::size_t at = 0; at < utf8.size();) {
    const CodePoint c = decode_at(utf8, at);
    if (is_visible(c.value) == visible) return true;
    at += std::max<std::size_t>(c.size, 1);
  }
  return false;
}

}  // namespace

bool has_visible(std::string_view utf8) {
  return has_any(utf8, true);
}

bool has_invisible(std::string_view utf8) {
  return has_any(utf8, false);
}

}  // namespace mercato::json
