#include "mercato/net/network.hpp"

#include <arpa/inet.h>

#include <charconv>
#include <string_view>

namespace mercato::net {
namespace {

constexpr unsigned kBits = 128;
constexpr unsigned kMappedBits = 96;  // of an IPv4 address among those of IPv6, before its own

std::optional<unsigned> parse_length(std::string_view text, unsigned most) {
  unsigned length = 0;
  const auto* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, length);
  const bool fits = error == std::errc() && rest == end && length <= most;
  return fits ? std::optional(length) : std::nullopt;
}

}  // namespace

std::optional<Network> Network::parse(const std::string& text) {
  const auto slash = text.find('/');
  const auto address = text.substr(0, slash);
  Network network;
  const bool v4 = ::inet_pton(AF_INET, address.c_str(), &network.base_.s6_addr[12]) == 1;
  if (v4) {
    network.base_.s6_addr[10] = network.base_.s6_addr[11] = 0xff;
  } else if (::inet_pton(AF_INET6, address.c_str(), &network.base_) != 1) {
    return std::nullopt;
  }
  if (slash == std::string::npos) return network;
  const auto before = v4 ? kMappedBits : 0;
  const auto length = parse_length(std::string_view(text).substr(slash + 1), kBits - before);
  if (!length) return std::nullopt;
  network.length_ = before + *length;
  return network;
}

bool Network::contains(const in6_addr& address) const {
  for (unsigned bit = 0; bit < length_; ++bit) {
    const auto differing = address.s6_addr[bit / 8] ^ base_.s6_addr[bit / 8];
    if ((static_cast<unsigned>(differing) >> (7 - bit % 8) & 1U) != 0) return false;
  }
  return true;
}

}  // namespace mercato::net
