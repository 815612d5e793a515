#pragma once

#include <chrono>
#include <mutex>

#include <mercato/clock/clock.hpp>
#include <mercato/http/client.hpp>
#include <mercato/resilience/lru_map.hpp>

#include "domain/user_directory.hpp"

namespace order::clients {

/// The user service's internal API. That a user is active is remembered for 25 s: who was disabled
/// cannot order after 30. From any thread.
class HttpUser : public UserDirectory {
 public:
  HttpUser(mercato::http::ClientOptions options, const mercato::Clock& clock);

  [[nodiscard]] Answer check(UserId user, std::optional<AddressId> address,
                             mercato::Deadline deadline) override;
  /// Has the next check of this user ask, whatever was remembered.
  void forget(UserId user);

 private:
  using Time = std::chrono::steady_clock::time_point;

  [[nodiscard]] bool known_active(UserId user);
  void remember_active(UserId user, Time asked_at);

  mercato::http::Client client_;
  const mercato::Clock& clock_;
  std::mutex mutex_;
  mercato::resilience::LruMap<Time> active_until_;
};

}  // namespace order::clients
