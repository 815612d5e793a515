#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "mercato/clock/clock.hpp"
#include "mercato/http/outbound/endpoint.hpp"
#include "mercato/http/outbound/target.hpp"
#include "mercato/net/resolver.hpp"

namespace mercato::http::outbound {

/// The addresses behind a neighbour's base URLs, as a net::Resolver knows them, each with what goes
/// with it. From any thread.
class AddressBook {
 public:
  /// Throws std::invalid_argument for a bad URL, or none.
  explicit AddressBook(const std::vector<std::string>& base_urls);
  AddressBook(const AddressBook&) = delete;
  AddressBook& operator=(const AddressBook&) = delete;

  /// Waits for the first look-up if there is no address yet; empty if none came in time.
  [[nodiscard]] std::shared_ptr<const Targets> targets(Deadline deadline);
  [[nodiscard]] const std::vector<Endpoint>& endpoints() const { return endpoints_; }

 private:
  [[nodiscard]] Targets targets_of(const net::Resolver::Addresses& addresses) const;

  const std::vector<Endpoint> endpoints_;
  const net::Resolver resolver_;
  std::mutex mutex_;
  std::shared_ptr<const net::Resolver::Addresses> addresses_;  // of which the targets were made
  std::shared_ptr<const Targets> targets_;
};

}  // namespace mercato::http::outbound
