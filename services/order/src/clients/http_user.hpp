#pragma once

#include <chrono>
#include <mutex>

#include <mercato/clock/clock.hpp>
#include <mercato/http/client.hpp>
#include <mercato/resilience/lru_map.hpp>

#include "domain/user_directory.hpp"

namespace order::clients {

/// The user service's internal API. That a user is active is remembered for 30 s. From any thread.
class HttpUser : public UserDirectory {
 public:
  HttpUser(mercato::http::ClientOptions options, const mercato::Clock& clock);

  [[nodiscard]] Answer check(UserId user, std::optional<AddressId> address,
                             mercato::Deadline deadline) override;
  [[nodiscard]] bool available() const override { return client_.available(); }

 private:
  [[nodiscard]] bool known_active(UserId user);
  void remember_active(UserId user);
  void forget(UserId user);

  mercato::http::Client client_;
  const mercato::Clock& clock_;
  std::mutex mutex_;
  mercato::resilience::LruMap<std::chrono::steady_clock::time_point> active_until_;
};

}  // namespace order::clients
