#include "mercato/http/outbound/endpoint.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include "mercato/http/syntax.hpp"

namespace mercato::http::outbound {
namespace {

[[noreturn]] void refuse(std::string_view url) {
  throw std::invalid_argument("not a base URL like http://host:port: " + std::string(url));
}

std::uint16_t parse_port(std::string_view text, std::string_view url) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port == 0) refuse(url);
  return port;
}

bool has_scheme(std::string_view url, std::string_view scheme) {
  return syntax::equal_ignoring_case(url.substr(0, scheme.size()), scheme);
}

bool is_host_character(char c) {
  return syntax::is_alphanumeric(c) || c == '.' || c == '-' || c == '_';
}

bool is_ipv6(const std::string& text) {
  in6_addr address{};
  return ::inet_pton(AF_INET6, text.c_str(), &address) == 1;
}

}  // namespace

Endpoint Endpoint::parse(std::string_view base_url) {
  Endpoint endpoint;
  endpoint.tls = has_scheme(base_url, "https://");
  if (!endpoint.tls && !has_scheme(base_url, "http://")) refuse(base_url);
  endpoint.port = endpoint.tls ? 443 : 80;
  auto authority = base_url.substr(base_url.find("//") + 2);
  if (authority.ends_with('/')) authority.remove_suffix(1);

  endpoint.authority = authority;
  std::string_view host = authority;
  // The last colon begins the port, unless it is one of an IPv6 literal's own.
  const auto colon = authority.rfind(':');
  const auto bracket = authority.rfind(']');
  if (colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket)) {
    endpoint.port = parse_port(authority.substr(colon + 1), base_url);
    host = authority.substr(0, colon);
  }
  if (host.starts_with('[') && host.ends_with(']')) {
    endpoint.host = host.substr(1, host.size() - 2);
    if (!is_ipv6(endpoint.host)) refuse(base_url);
    return endpoint;
  }
  if (host.empty() || !std::all_of(host.begin(), host.end(), is_host_character)) refuse(base_url);
  endpoint.host = host;
  return endpoint;
}

}  // namespace mercato::http::outbound
