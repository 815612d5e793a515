#include "workers/event_consumers.hpp"

#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include <mercato/id/uuid.hpp>
#include <mercato/idempotency/idempotency.hpp>
#include <mercato/log/log.hpp>

#include "storage/pg_product_sales.hpp"

namespace catalog::workers {
namespace {

namespace db = mercato::db;
namespace events = mercato::events;

void apply_order_events(db::Transaction& transaction, const std::vector<events::Event>& news) {
  std::map<ProductId, std::int64_t> quantities;
  for (const auto& event : news) {
    for (const auto& line : event.data.at("lines")) {
      const auto product = ProductId::parse(line.at("product_id").get<std::string>());
      if (!product) throw std::invalid_argument("product_id is no id");
      quantities[*product] += line.at("quantity").get<std::int64_t>();
    }
  }
  storage::count_sales(transaction, quantities);
}

void apply_user_events(db::Transaction& transaction, const std::vector<events::Event>& news) {
  for (const auto& event : news) {
    const auto user = mercato::Uuid::parse(event.data.at("user_id").get<std::string>());
    if (!user) throw std::invalid_argument("user_id is no id");
    mercato::idempotency::forget(transaction, *user);
  }
}

events::ConsumerOptions consumer_options(const char* source, const char* type,
                                         std::chrono::milliseconds compare_interval) {
  events::ConsumerOptions options;
  options.source = source;
  options.types = {type};
  options.compare_interval = compare_interval;
  return options;
}

}  // namespace

EventConsumers::EventConsumers(db::Pool& pool, mercato::redis::Client& redis,
                               const mercato::http::ClientOptions& orders,
                               const mercato::http::ClientOptions& users,
                               std::chrono::milliseconds compare_interval) {
  if (orders.base_urls.empty()) {
    mercato::log::warn("no ORDER_URL: sales are not counted");
  } else {
    order_events_.emplace(consumer_options("order", "order.confirmed", compare_interval),
                          apply_order_events, pool, redis, orders);
  }
  if (users.base_urls.empty()) {
    mercato::log::warn("no USER_URL: answers kept for an account outlive it");
  } else {
    user_events_.emplace(consumer_options("user", "user.deleted", compare_interval),
                         apply_user_events, pool, redis, users);
  }
}

void EventConsumers::start() {
  if (order_events_) order_events_->start();
  if (user_events_) user_events_->start();
}

void EventConsumers::stop() {
  if (order_events_) order_events_->stop();
  if (user_events_) user_events_->stop();
}

}  // namespace catalog::workers
