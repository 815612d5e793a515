#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "mercato/clock/clock.hpp"
#include "mercato/net/socket_address.hpp"

namespace mercato::net {

/// Where hosts are. Literals are known at once and for ever. Each name is looked up by a thread of
/// its own, again every 5 s, so that a replica added or gone is noticed and nobody waits for the
/// system's resolver, nor one name for another; one that cannot be looked up now keeps its last
/// addresses. From any thread.
class Resolver {
 public:
  struct Host {
    std::string name;
    std::uint16_t port = 0;
  };
  using Addresses = std::vector<std::vector<SocketAddress>>;  // of each host, in the hosts' order
  /// As SocketAddress::look_up; may take as long as it likes, and be called for two names at once.
  using LookUp =
      std::function<std::vector<SocketAddress>(const std::string& name, std::uint16_t port)>;

  explicit Resolver(std::vector<Host> hosts, LookUp look_up = SocketAddress::look_up);
  /// A look-up that is under way is left to end by itself: nobody can break it off, and whoever
  /// stops need not wait for it.
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  /// What is known now, and the same object until that changes; nullptr if there is no address yet.
  [[nodiscard]] std::shared_ptr<const Addresses> known() const;
  /// Likewise, but waits for the first address if there is none yet.
  [[nodiscard]] std::shared_ptr<const Addresses> await(Deadline deadline) const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace mercato::net
