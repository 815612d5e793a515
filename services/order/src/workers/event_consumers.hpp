#pragma once

#include <chrono>
#include <functional>

#include <mercato/events/consumer.hpp>

#include "domain/ids.hpp"

namespace order::workers {

/// What other services' events do here: carts follow the catalog's names and prices, and buyers
/// whose accounts were disabled or deleted are dropped and forgotten.
class EventConsumers {
 public:
  /// `users` and `products` reach the internal API of the user service and of the catalog.
  /// `status_changed` is told whose account was, from a thread of the consumers, maybe repeatedly.
  EventConsumers(mercato::db::Pool& pool, mercato::redis::Client& redis,
                 mercato::http::ClientOptions users, mercato::http::ClientOptions products,
                 std::function<void(UserId)> status_changed,
                 std::chrono::milliseconds compare_interval);

  void start();
  void stop();

 private:
  mercato::events::Consumer user_events_;
  mercato::events::Consumer product_events_;
};

}  // namespace order::workers
