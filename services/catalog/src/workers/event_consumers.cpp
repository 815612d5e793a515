#include "workers/event_consumers.hpp"

#include <map>
#include <stdexcept>
#include <string>
#include <vector>

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

}  // namespace

EventConsumers::EventConsumers(db::Pool& pool, mercato::redis::Client& redis,
                               const mercato::http::ClientOptions& orders,
                               std::chrono::milliseconds compare_interval) {
  if (orders.base_urls.empty()) {
    mercato::log::warn("no ORDER_URL: sales are not counted");
    return;
  }
  events::ConsumerOptions options;
  options.source = "order";
  options.types = {"order.confirmed"};
  options.compare_interval = compare_interval;
  order_events_.emplace(options, apply_order_events, pool, redis, orders);
}

void EventConsumers::start() {
  if (order_events_) order_events_->start();
}

void EventConsumers::stop() {
  if (order_events_) order_events_->stop();
}

}  // namespace catalog::workers
