#include "mercato/http/inbound/listener.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <stdexcept>

namespace mercato::http::inbound {
namespace {

constexpr int kBacklog = 4096;
constexpr std::size_t kOtherDescriptors = 256;  // databases, neighbours, logs, who is refused

using AddressList = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

AddressList resolve(const std::string& address, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(address.empty() ? nullptr : address.c_str(),
                                std::to_string(port).c_str(), &hints, &found);
  if (error != 0)
    throw std::runtime_error("cannot resolve " + address + ": " + gai_strerror(error));
  return {found, &freeaddrinfo};
}

void set_option(int fd, int level, int option, int value) {
  ::setsockopt(fd, level, option, &value, sizeof value);
}

int open_socket(const addrinfo& where) {
  const int fd = ::socket(where.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
  set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  if (where.ai_family == AF_INET6) set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
  if (::bind(fd, where.ai_addr, where.ai_addrlen) == 0 && ::listen(fd, kBacklog) == 0) return fd;
  const int error = errno;
  ::close(fd);
  errno = error;
  return -1;
}

std::uint16_t port_of(int fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  std::array<char, NI_MAXSERV> service{};
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  getnameinfo(reinterpret_cast<sockaddr*>(&address), size, nullptr, 0, service.data(),
              service.size(), NI_NUMERICSERV);
  return static_cast<std::uint16_t>(std::strtoul(service.data(), nullptr, 10));
}

/// One form for both families keeps a connection small.
sockaddr_in6 as_v6(const sockaddr_storage& address) {
  sockaddr_in6 v6{};
  if (address.ss_family == AF_INET6) {
    std::memcpy(&v6, &address, sizeof v6);
    return v6;
  }
  sockaddr_in v4{};
  std::memcpy(&v4, &address, sizeof v4);
  v6.sin6_family = AF_INET6;
  v6.sin6_port = v4.sin_port;
  v6.sin6_addr.s6_addr[10] = v6.sin6_addr.s6_addr[11] = 0xff;
  std::memcpy(&v6.sin6_addr.s6_addr[12], &v4.sin_addr, 4);
  return v6;
}

bool is_v4(const in6_addr& address) {
  return IN6_IS_ADDR_V4MAPPED(&address);
}

}  // namespace

Listener::Listener(const std::string& address, std::uint16_t port) {
  const auto addresses = resolve(address, port);
  for (const addrinfo* where = addresses.get(); where != nullptr && fd_ < 0;
       where = where->ai_next) {
    fd_ = open_socket(*where);
  }
  if (fd_ < 0) {
    throw std::runtime_error("cannot listen on " + address + ":" + std::to_string(port) + ": " +
                             std::strerror(errno));
  }
  port_ = port_of(fd_);
}

Listener::Listener(int listening_socket)
    : fd_(listening_socket), port_(port_of(listening_socket)) {}

Listener::~Listener() {
  ::close(fd_);
}

Listener::Verdict Listener::accept(Accepted& accepted) const {
  while (true) {
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    accepted.fd =
        ::accept4(fd_, reinterpret_cast<sockaddr*>(&peer), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (accepted.fd >= 0) {
      accepted.peer = as_v6(peer);
      return Verdict::accepted;
    }
    if (errno == EAGAIN) return Verdict::none_waiting;
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      return Verdict::no_descriptors;
    }
    // Anything else is about a connection that died in the backlog: the next one may be fine.
    if (errno == EBADF || errno == EINVAL) return Verdict::none_waiting;
  }
}

std::size_t make_room_for(std::size_t connections) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return connections;
  const rlim_t wanted = connections + kOtherDescriptors;
  if (limit.rlim_cur < wanted) {
    rlimit raised = limit;
    raised.rlim_cur = std::min<rlim_t>(wanted, limit.rlim_max);
    if (::setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
  }
  return std::min<std::size_t>(connections, connections_within(limit.rlim_cur));
}

std::size_t connections_within(std::size_t descriptors) {
  return descriptors - std::min(kOtherDescriptors, descriptors / 2);
}

std::string to_text(const sockaddr_in6& peer) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (is_v4(peer.sin6_addr)) {
    inet_ntop(AF_INET, &peer.sin6_addr.s6_addr[12], text.data(), text.size());
  } else {
    inet_ntop(AF_INET6, &peer.sin6_addr, text.data(), text.size());
  }
  return text.data();
}

bool is_internal(const sockaddr_in6& peer) {
  const auto& bytes = peer.sin6_addr.s6_addr;
  if (is_v4(peer.sin6_addr)) {
    const auto a = bytes[12];
    const auto b = bytes[13];
    return a == 127 || a == 10 || (a == 172 && b >= 16 && b < 32) || (a == 192 && b == 168) ||
           (a == 100 && b >= 64 && b < 128);
  }
  return IN6_IS_ADDR_LOOPBACK(&peer.sin6_addr) || IN6_IS_ADDR_LINKLOCAL(&peer.sin6_addr) ||
         (bytes[0] & 0xfeU) == 0xfcU;
}

bool is_address(const std::string& text) {
  in6_addr parsed{};
  return inet_pton(AF_INET, text.c_str(), &parsed) == 1 ||
         inet_pton(AF_INET6, text.c_str(), &parsed) == 1;
}

}  // namespace mercato::http::inbound
