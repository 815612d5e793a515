#pragma once

#include <chrono>
#include <optional>

#include <mercato/events/consumer.hpp>

namespace catalog::workers {

/// What other services' events do here: confirmed orders make products bestselling, and answers
/// that are kept for an account go with it.
class EventConsumers {
 public:
  /// `orders` and `users` reach the internal API of the order service and of the user service.
  /// Without an address of one nothing of its is consumed.
  EventConsumers(mercato::db::Pool& pool, mercato::redis::Client& redis,
                 const mercato::http::ClientOptions& orders,
                 const mercato::http::ClientOptions& users,
                 std::chrono::milliseconds compare_interval);

  void start();
  void stop();

 private:
  std::optional<mercato::events::Consumer> order_events_;
  std::optional<mercato::events::Consumer> user_events_;
};

}  // namespace catalog::workers
