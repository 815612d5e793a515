#include "mercato/json/text.hpp"

namespace mercato::json {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

/// What follows the backslash for the characters that have a short form, else 0.
char short_form(char c) {
  switch (c) {
    case '"':
    case '\\': return c;
    case '\b': return 'b';
    case '\f': return 'f';
    case '\n': return 'n';
    case '\r': return 'r';
    case '\t': return 't';
    default: return 0;
  }
}

bool is_plain(char c) {
  return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\';
}

}  // namespace

void append_text(std::string& out, std::string_view utf8) {
  out.push_back('"');
  for (std::size_t begin = 0; begin < utf8.size();) {
    std::size_t end = begin;
    while (end < utf8.size() && is_plain(utf8[end])) ++end;
    out.append(utf8, begin, end - begin);
    if (end == utf8.size()) break;
    const char c = utf8[end];
    out.push_back('\\');
    if (const char letter = short_form(c)) {
      out.push_back(letter);
    } else {
      out.append("u00");
      out.push_back(kHexDigits[static_cast<unsigned char>(c) >> 4U]);
      out.push_back(kHexDigits[static_cast<unsigned char>(c) & 0xfU]);
    }
    begin = end + 1;
  }
  out.push_back('"');
}

}  // namespace mercato::json
