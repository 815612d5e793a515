#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mercato/error/error.hpp"

namespace mercato::http::inbound {

/// A request target (RFC 9112 section 3.2), split but not decoded. Views of what was given.
struct Target {
  std::string_view path;   // begins with a slash
  std::string_view query;  // without the question mark
};

/// 400 `bad_request`.
[[nodiscard]] Error malformed_target();

/// Takes the origin form and, as a server must, the absolute form; nothing for anything else:
/// fragments, backslashes or control characters. Bytes above ASCII, which many clients do not
/// encode, mean the same as encoded ones.
[[nodiscard]] std::optional<Target> split_target(std::string_view target);

/// Undoes percent-encoding (RFC 3986 section 2.1); nothing if a percent sign is not followed by two
/// hex digits, or if the result holds a control character or is not UTF-8.
[[nodiscard]] std::optional<std::string> decode_component(std::string_view text);

/// Decodes the path into `decoded`, or tells why not: 400 if a segment is malformed, or is "." or
/// ".." before or after decoding; 404 if it holds a control character or is not UTF-8, as nothing
/// here is called so. Routes are matched on the encoded path, where an encoded slash separates
/// nothing.
[[nodiscard]] std::optional<Error> decode_path(std::string_view path, std::string& decoded);

struct Query {
  std::vector<std::pair<std::string, std::string>> parameters;
  std::vector<std::string> malformed;  // names of parameters whose values cannot be read
};
/// "a=1&b=x+y" decoded, in order. A name that cannot be read is one that nobody knows: left out.
/// The target's length bounds how many there are.
[[nodiscard]] Query parse_query(std::string_view query);

}  // namespace mercato::http::inbound
