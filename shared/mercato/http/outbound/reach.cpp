#include "mercato/http/outbound/reach.hpp"

#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

namespace mercato::http::outbound {
namespace {

struct Network {
  std::array<std::uint8_t, 16> prefix;
  unsigned bits;
};

// Of IPv4: what is neither the internet nor loopback.
constexpr std::array<Network, 14> kInternal4{{
    {{0}, 8},              // this network
    {{10}, 8},             // private
    {{100, 64}, 10},       // shared by carriers
    {{169, 254}, 16},      // link-local
    {{172, 16}, 12},       // private
    {{192, 0, 0}, 24},     // protocol assignments
    {{192, 0, 2}, 24},     // documentation
    {{192, 88, 99}, 24},   // 6to4 relays
    {{192, 168}, 16},      // private
    {{198, 18}, 15},       // benchmarks
    {{198, 51, 100}, 24},  // documentation
    {{203, 0, 113}, 24},   // documentation
    {{224}, 4},            // multicast
    {{240}, 4},            // reserved, and broadcast
}};

// Of IPv6: what inside 2000::/3 is not the internet.
constexpr std::array<Network, 4> kInternal6{{
    {{0x20, 0x01, 0x00}, 23},        // protocol assignments, Teredo among them
    {{0x20, 0x01, 0x0d, 0xb8}, 32},  // documentation
    {{0x20, 0x02}, 16},              // 6to4: an IPv4 address inside
    {{0x3f, 0xff}, 20},              // documentation
}};
constexpr Network kGlobal6{{0x20}, 3};
constexpr Network kMapped6{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96};

bool inside(const std::uint8_t* address, const Network& network) {
  const auto whole = network.bits / 8;
  if (!std::equal(address, address + whole, network.prefix.begin())) return false;
  const auto rest = network.bits % 8;
  if (rest == 0) return true;
  const auto mask = static_cast<std::uint8_t>(0xffU << (8 - rest));
  return (address[whole] & mask) == (network.prefix[whole] & mask);
}

template <std::size_t N>
bool inside_any(const std::uint8_t* address, const std::array<Network, N>& networks) {
  return std::any_of(networks.begin(), networks.end(),
                     [address](const Network& network) { return inside(address, network); });
}

Reach reach_of_4(const std::uint8_t* address) {
  if (address[0] == 127) return Reach::loopback;
  return inside_any(address, kInternal4) ? Reach::internal : Reach::internet;
}

Reach reach_of_6(const std::uint8_t* address) {
  if (inside(address, kMapped6)) return reach_of_4(address + 12);
  const bool zeros = std::all_of(address, address + 15, [](auto byte) { return byte == 0; });
  if (zeros && address[15] == 1) return Reach::loopback;
  if (!inside(address, kGlobal6) || inside_any(address, kInternal6)) return Reach::internal;
  return Reach::internet;
}

}  // namespace

Reach reach_of(const sockaddr* address) {
  if (address->sa_family == AF_INET) {
    sockaddr_in ip{};
    std::memcpy(&ip, address, sizeof ip);
    std::array<std::uint8_t, 4> bytes{};
    std::memcpy(bytes.data(), &ip.sin_addr, bytes.size());
    return reach_of_4(bytes.data());
  }
  if (address->sa_family == AF_INET6) {
    sockaddr_in6 ip{};
    std::memcpy(&ip, address, sizeof ip);
    return reach_of_6(ip.sin6_addr.s6_addr);
  }
  return Reach::internal;
}

}  // namespace mercato::http::outbound
