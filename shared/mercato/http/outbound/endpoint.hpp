#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace mercato::http::outbound {

/// What a base URL says: "http://host:port" or "https://host:port".
struct Endpoint {
  std::string host;  // without the brackets of an IPv6 literal
  std::uint16_t port = 0;
  bool tls = false;
  std::string authority;  // the Host header's value

  /// Throws std::invalid_argument if it is no such URL, or has more to it than host and port.
  [[nodiscard]] static Endpoint parse(std::string_view base_url);
  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

}  // namespace mercato::http::outbound
