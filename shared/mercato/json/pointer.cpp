#include "mercato/json/pointer.hpp"

namespace mercato::json {

std::string escape_pointer(std::string_view member) {
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
  return escaped;
}

}  // namespace mercato::json
