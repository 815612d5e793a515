#pragma once

#include <netinet/in.h>

#include <optional>
#include <string>

namespace mercato::net {

/// The addresses that begin alike: "100.64.0.0/10", "2001:db8::/32", or a single one, "192.0.2.1".
class Network {
 public:
  /// Nothing if the text names none.
  [[nodiscard]] static std::optional<Network> parse(const std::string& text);
  /// An IPv4 address is one of IPv6 that maps it (::ffff:192.0.2.1).
  [[nodiscard]] bool contains(const in6_addr& address) const;

 private:
  in6_addr base_{};
  unsigned length_ = 128;  // in bits, which an address has in common with `base_`
};

}  // namespace mercato::net
