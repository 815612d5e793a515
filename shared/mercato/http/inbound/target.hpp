#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mercato::http::inbound {

/// A request target (RFC 9112 section 3.2), split but not decoded. Views of what was given.
struct Target {
  std::string_view path;   // begins with a slash
  std::string_view query;  // without the question mark
};

/// Takes the origin form and, as a server must, the absolute form; nothing for anything else:
/// fragments, backslashes, control characters or bytes above ASCII.
[[nodiscard]] std::optional<Target> split_target(std::string_view target);

/// Undoes percent-encoding (RFC 3986 section 2.1); nothing if a percent sign is not followed by two
/// hex digits, or if the result holds a control character or is not UTF-8.
[[nodiscard]] std::optional<std::string> decode_component(std::string_view text,
                                                          bool plus_is_space = false);

/// The decoded path; nothing if a segment is malformed, or is "." or ".." before or after decoding.
/// Routes are matched on the encoded path, where an encoded slash separates nothing.
[[nodiscard]] std::optional<std::string> decode_path(std::string_view path);

struct Query {
  std::vector<std::pair<std::string, std::string>> parameters;
  std::vector<std::string> malformed;  // names of parameters whose values cannot be read
  bool too_many = false;
};
/// "a=1&b=x+y" decoded, in order. A name that cannot be read is one that nobody knows: left out.
[[nodiscard]] Query parse_query(std::string_view query);

}  // namespace mercato::http::inbound
