#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace mercato::redis {

/// What a redis://[[username]:password@]host[:port][/db] URL says; rediss:// means by TLS. User and
/// password are percent-decoded.
struct Address {
  std::string host;
  std::uint16_t port = 6379;
  bool tls = false;
  std::string username;
  std::string password;
  int database = 0;

  /// Throws std::invalid_argument, without the URL in its text, since it may hold a password.
  [[nodiscard]] static Address parse(std::string_view url);
};

}  // namespace mercato::redis
