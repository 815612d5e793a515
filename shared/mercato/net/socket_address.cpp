#include "mercato/net/socket_address.hpp"

#include <netdb.h>

#include <cstring>
#include <memory>

namespace mercato::net {
namespace {

std::vector<SocketAddress> ask_resolver(const std::string& host, std::uint16_t port, int flags) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) return {};
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

std::optional<SocketAddress> SocketAddress::literal(const std::string& host, std::uint16_t port) {
  const auto addresses = ask_resolver(host, port, AI_NUMERICHOST | AI_NUMERICSERV);
  return addresses.empty() ? std::nullopt : std::optional(addresses.front());
}

std::vector<SocketAddress> SocketAddress::look_up(const std::string& host, std::uint16_t port) {
  return ask_resolver(host, port, AI_ADDRCONFIG | AI_NUMERICSERV);
}

bool operator==(const SocketAddress& a, const SocketAddress& b) {
  return a.length == b.length && std::memcmp(&a.storage, &b.storage, a.length) == 0;
}

}  // namespace mercato::net
