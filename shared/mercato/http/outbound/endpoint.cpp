#include "mercato/http/outbound/endpoint.hpp"

#include <netdb.h>

#include <charconv>
#include <cstring>
#include <memory>
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
  return syntax::is_alphanumeric(c) || c == '.' || c == '-' || c == '_' || c == ':';
}

std::vector<SocketAddress> ask_resolver(const Endpoint& endpoint, int flags) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags;
  const auto port = std::to_string(endpoint.port);
  addrinfo* found = nullptr;
  if (::getaddrinfo(endpoint.host.c_str(), port.c_str(), &hints, &found) != 0) return {};
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, ::freeaddrinfo);
  std::vector<SocketAddress> addresses;
  for (const addrinfo* entry = found; entry != nullptr; entry = entry->ai_next) {
    SocketAddress address;
    std::memcpy(&address.storage, entry->ai_addr, entry->ai_addrlen);
    address.length = entry->ai_addrlen;
    addresses.push_back(address);
  }
  return addresses;
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
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host.empty()) refuse(base_url);
  for (const char c : host) {
    if (!is_host_character(c)) refuse(base_url);
  }
  endpoint.host = host;
  return endpoint;
}

std::optional<SocketAddress> SocketAddress::literal(const Endpoint& endpoint) {
  const auto addresses = ask_resolver(endpoint, AI_NUMERICHOST | AI_NUMERICSERV);
  return addresses.empty() ? std::nullopt : std::optional(addresses.front());
}

std::vector<SocketAddress> SocketAddress::look_up(const Endpoint& endpoint) {
  return ask_resolver(endpoint, AI_ADDRCONFIG | AI_NUMERICSERV);
}

bool operator==(const SocketAddress& a, const SocketAddress& b) {
  return a.length == b.length && std::memcmp(&a.storage, &b.storage, a.length) == 0;
}

}  // namespace mercato::http::outbound
