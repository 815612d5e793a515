#pragma once

#include <string>

namespace user::api {

/// What counts as one address when failures are counted: an IPv4 address, or the /64 of an IPv6
/// address, which is what one customer of a network is given. Anything else as it is.
[[nodiscard]] std::string client_network(const std::string& address);

}  // namespace user::api
