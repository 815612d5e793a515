#include "mercato/http/outbound/address_book.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace mercato::http::outbound {
namespace {

std::vector<Endpoint> parse_all(const std::vector<std::string>& base_urls) {
  if (base_urls.empty()) throw std::invalid_argument("a neighbour without a base URL");
  std::vector<Endpoint> endpoints;
  for (const auto& url : base_urls) endpoints.push_back(Endpoint::parse(url));
  return endpoints;
}

std::vector<net::Resolver::Host> hosts_of(const std::vector<Endpoint>& endpoints) {
  std::vector<net::Resolver::Host> hosts;
  for (const auto& endpoint : endpoints) hosts.push_back({endpoint.host, endpoint.port});
  return hosts;
}

}  // namespace

AddressBook::AddressBook(const std::vector<std::string>& base_urls)
    : endpoints_(parse_all(base_urls)),
      resolver_(hosts_of(endpoints_)),
      targets_(std::make_shared<Targets>()) {}

std::shared_ptr<const Targets> AddressBook::targets(Deadline deadline) {
  static_cast<void>(resolver_.await(deadline));
  const std::lock_guard lock(mutex_);
  // Asked under the lock, so that nobody brings back what was known before.
  auto addresses = resolver_.known();
  if (addresses != addresses_) {
    targets_ = std::make_shared<const Targets>(targets_of(*addresses));
    addresses_ = std::move(addresses);
  }
  return targets_;
}

Targets AddressBook::targets_of(const net::Resolver::Addresses& addresses) const {
  Targets targets;
  for (std::size_t i = 0; i < endpoints_.size(); ++i) {
    for (const auto& address : addresses[i]) {
      const auto present =
          std::find_if(targets_->begin(), targets_->end(), [&](const auto& target) {
            return target->address == address && target->endpoint == endpoints_[i];
          });
      // One that stays keeps its connections and its record.
      targets.push_back(present != targets_->end()
                            ? *present
                            : std::make_shared<Target>(Target{endpoints_[i], address}));
    }
  }
  return targets;
}

}  // namespace mercato::http::outbound
