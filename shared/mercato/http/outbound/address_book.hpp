#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "mercato/clock/clock.hpp"
#include "mercato/http/outbound/endpoint.hpp"
#include "mercato/http/outbound/target.hpp"
#include "mercato/net/socket_address.hpp"

namespace mercato::http::outbound {

/// The addresses behind a neighbour's base URLs. Literals are known at once and for ever. Names are
/// looked up by a thread of this object, again every 5 s, so that a replica added or gone is
/// noticed and no request waits for a resolver; one that cannot be looked up now keeps its last
/// addresses. From any thread.
class AddressBook {
 public:
  /// Throws std::invalid_argument for a bad URL, or none.
  explicit AddressBook(const std::vector<std::string>& base_urls);
  ~AddressBook();
  AddressBook(const AddressBook&) = delete;
  AddressBook& operator=(const AddressBook&) = delete;

  /// Waits for the first look-up if there is no address yet; empty if none came in time.
  [[nodiscard]] std::shared_ptr<const Targets> targets(Deadline deadline);
  [[nodiscard]] const std::vector<Endpoint>& endpoints() const { return endpoints_; }

 private:
  void look_up_again_and_again();
  void publish(const std::vector<std::vector<net::SocketAddress>>& addresses);

  std::vector<Endpoint> endpoints_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::shared_ptr<const Targets> targets_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace mercato::http::outbound
