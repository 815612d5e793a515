#include "mercato/http/inbound/target.hpp"

#include <algorithm>

#include "mercato/http/syntax.hpp"
#include "mercato/json/utf8.hpp"

namespace mercato::http::inbound {
namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7f;
}

bool is_target_character(char c) {
  return !is_control(c) && c != ' ' && c != '#' && c != '\\';
}

/// Percent-encoding undone, whatever bytes come of it; nothing if it is malformed.
std::optional<std::string> unescape(std::string_view text) {
  std::string bytes;
  bytes.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      bytes.push_back(text[i]);
      continue;
    }
    const int high = i + 1 < text.size() ? hex_value(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
    if (high < 0 || low < 0) return std::nullopt;
    bytes.push_back(static_cast<char>(high * 16 + low));
    i += 2;
  }
  return bytes;
}

bool is_text(std::string_view bytes) {
  return std::none_of(bytes.begin(), bytes.end(), is_control) && json::is_valid_utf8(bytes);
}

/// Drops "http://host" of the absolute form; nothing if there is no host, or a password before it.
std::optional<std::string_view> drop_authority(std::string_view target) {
  const auto scheme_end = target.find("://");
  if (scheme_end == std::string_view::npos) return std::nullopt;
  const auto scheme = target.substr(0, scheme_end);
  if (!syntax::equal_ignoring_case(scheme, "http") &&
      !syntax::equal_ignoring_case(scheme, "https")) {
    return std::nullopt;
  }
  target.remove_prefix(scheme_end + 3);
  const auto authority = target.substr(0, target.find_first_of("/?"));
  if (authority.empty() || authority.find('@') != std::string_view::npos) return std::nullopt;
  target.remove_prefix(authority.size());
  return target;
}

bool is_dot_segment(std::string_view segment) {
  return segment == "." || segment == "..";
}

/// Also looks behind slashes that were encoded: "..%2f" must not climb for anybody downstream.
bool has_dot_segment(std::string_view decoded) {
  while (true) {
    const auto slash = decoded.find_first_of("/\\");
    if (is_dot_segment(decoded.substr(0, slash))) return true;
    if (slash == std::string_view::npos) return false;
    decoded.remove_prefix(slash + 1);
  }
}

}  // namespace

Error malformed_target() {
  return {ErrorKind::bad_request, "bad_request", "The request target is malformed."};
}

std::optional<Target> split_target(std::string_view target) {
  if (!std::all_of(target.begin(), target.end(), is_target_character)) return std::nullopt;
  if (!target.empty() && target.front() != '/') {
    const auto rest = drop_authority(target);
    if (!rest) return std::nullopt;
    target = *rest;
    if (target.empty() || target.front() == '?') {
      return Target{"/", target.empty() ? target : target.substr(1)};
    }
  }
  if (target.empty()) return std::nullopt;
  const auto question = target.find('?');
  if (question == std::string_view::npos) return Target{target, {}};
  return Target{target.substr(0, question), target.substr(question + 1)};
}

std::optional<std::string> decode_component(std::string_view text) {
  auto decoded = unescape(text);
  return decoded && is_text(*decoded) ? decoded : std::nullopt;
}

std::optional<Error> decode_path(std::string_view path, std::string& decoded) {
  auto bytes = unescape(path);
  if (!bytes || has_dot_segment(*bytes)) return malformed_target();
  if (!is_text(*bytes)) return not_found();
  decoded = std::move(*bytes);
  return std::nullopt;
}

namespace {

/// The same as decode_component, in a query.
std::optional<std::string> decode_query_part(std::string_view text) {
  std::string spaced(text);
  std::replace(spaced.begin(), spaced.end(), '+', ' ');
  return decode_component(spaced);
}

}  // namespace

Query parse_query(std::string_view query) {
  Query result;
  while (!query.empty()) {
    const auto pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    if (pair.empty()) continue;
    const auto equals = pair.find('=');
    auto name = decode_query_part(pair.substr(0, equals));
    auto value = equals == std::string_view::npos ? std::optional<std::string>(std::string())
                                                  : decode_query_part(pair.substr(equals + 1));
    if (!name) continue;
    if (value) {
      result.parameters.emplace_back(std::move(*name), std::move(*value));
    } else {
      result.malformed.push_back(std::move(*name));
    }
  }
  return result;
}

}  // namespace mercato::http::inbound
