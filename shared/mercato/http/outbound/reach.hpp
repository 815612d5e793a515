#pragma once

#include <sys/socket.h>

namespace mercato::http::outbound {

/// How far an address leads.
enum class Reach {
  internet,  // anybody's
  loopback,  // this machine
  internal,  // everything else: private networks, link-local ones (where clouds keep credentials),
             // multicast, and whatever is reserved, translated or tunnelled
};

/// By the IANA special-purpose address registries (RFC 6890). Of IPv6 only what is routed on the
/// internet now (2000::/3) counts as such, so that no way of writing an IPv4 address inside it
/// leads anywhere that the IPv4 address itself does not.
[[nodiscard]] Reach reach_of(const sockaddr* address);

}  // namespace mercato::http::outbound
