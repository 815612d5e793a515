#pragma once

#include <chrono>
#include <optional>

#include <mercato/events/consumer.hpp>

namespace catalog::workers {

/// What other services' events do here: confirmed orders make products bestselling.
class EventConsumers {
 public:
  /// `orders` reaches the order service's internal API. Without an address of it nothing is
  /// consumed.
  EventConsumers(mercato::db::Pool& pool, mercato::redis::Client& redis,
                 const mercato::http::ClientOptions& orders,
                 std::chrono::milliseconds compare_interval);

  void start();
  void stop();

 private:
  std::optional<mercato::events::Consumer> order_events_;
};

}  // namespace catalog::workers
